import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/** One request of a test and what the API answered. */
export interface Exchange {
  method: string;
  /** With its query string. */
  path: string;
  requestBody?: unknown;
  status: number;
  headers: Headers;
  /** Parsed where it is JSON. */
  body: unknown;
}

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: Json;
}

interface Operation {
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
}

type Json = Record<string, unknown>;
type Content = Record<string, { schema?: Json }>;

const contracts = new Map<string, Promise<Contract>>();

/**
 * Holds an exchange to the OpenAPI document that the very server hands out. Thus every test that
 * calls the API is a test of the document.
 * @throws Error saying where the two part
 */
export async function checkContract(baseUrl: string, exchange: Exchange): Promise<void> {
  const known = contracts.get(baseUrl) ?? Contract.of(baseUrl);
  contracts.set(baseUrl, known);
  (await known).check(exchange);
}

class Contract {
  readonly #paths: { pattern: RegExp; operations: Record<string, Operation> }[];
  readonly #validate: (schema: Json) => ValidateFunction;

  static async of(baseUrl: string): Promise<Contract> {
    const answer = await fetch(new URL('/openapi.json', baseUrl));
    return new Contract((await answer.json()) as Document);
  }

  private constructor(document: Document) {
    const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));
    ajv.addSchema(closed(document), 'openapi');
    const compiled = new Map<Json, ValidateFunction>();
    this.#validate = (schema) => {
      const validate = compiled.get(schema) ?? ajv.compile(inDocument(schema));
      compiled.set(schema, validate);
      return validate;
    };
    this.#paths = Object.entries(document.paths)
      .sort(([a], [b]) => a.split('{').length - b.split('{').length)
      .map(([path, operations]) => ({ pattern: patternOf(path), operations }));
  }

  check(exchange: Exchange): void {
    const { pathname, searchParams } = new URL(`http://any${exchange.path}`);
    const matching = this.#paths.filter(({ pattern }) => pattern.test(pathname));
    const method = exchange.method.toLowerCase();
    const operation = matching.find(({ operations }) => method in operations)?.operations[method];
    if (!operation) {
      this.#checkUndeclared(exchange, matching.length > 0);
      return;
    }
    if (exchange.status < 400) this.#checkRequest(exchange, operation, searchParams);
    this.#checkAnswer(exchange, operation);
  }

  /** What no operation describes is refused. */
  #checkUndeclared(exchange: Exchange, knownPath: boolean): void {
    const expected = knownPath ? [401, 403, 405] : [400, 401, 403, 404];
    if (!expected.includes(exchange.status)) fail(exchange, 'is answered, but not described');
  }

  /** What is taken is described; what is refused may be anything. */
  #checkRequest(exchange: Exchange, operation: Operation, query: URLSearchParams): void {
    const { requestBody } = exchange;
    const schema = operation.requestBody?.content['application/json']?.schema;
    if (schema && requestBody !== undefined && typeof requestBody !== 'string') {
      this.#checkValue(exchange, 'the body that was taken', schema, requestBody);
    }
    if (!operation.parameters?.some((one) => one.in === 'query')) return;
    for (const [name, value] of query) {
      const parameter = operation.parameters.find((one) => one.in === 'query' && one.name === name);
      if (!parameter) fail(exchange, `takes ?${name}, which is not described`);
      this.#checkValue(exchange, `?${name}`, parameter.schema, value);
    }
  }

  #checkAnswer(exchange: Exchange, { responses }: Operation): void {
    const answer = responses[exchange.status];
    if (!answer) fail(exchange, `answers ${exchange.status}, which is not described`);
    const type = exchange.headers.get('content-type')?.split(';')[0] ?? null;
    const content = answer.content;
    if (!content) return;
    const described = (type && content[type]) || content['*/*'];
    if (!described) fail(exchange, `answers ${exchange.status} as ${type}, which is not described`);
    if (described.schema) {
      this.#checkValue(exchange, `the answer ${exchange.status}`, described.schema, exchange.body);
    }
  }

  #checkValue(exchange: Exchange, what: string, schema: Json, value: unknown): void {
    const validate = this.#validate(schema);
    if (validate(value)) return;
    const errors = (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
    fail(exchange, `${what} is not as described: ${errors.join('; ')}`);
  }
}

function fail({ method, path }: Exchange, what: string): never {
  throw new Error(`/openapi.json: ${method} ${path} ${what}`);
}

function patternOf(path: string): RegExp {
  const escaped = path.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

/** References lead into the document, wherever the schema is compiled. */
function inDocument(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"openapi#/'));
}

/** Callers are told to expect further fields; here a field that is not described is a mistake. */
function closed<T>(value: T): T {
  if (Array.isArray(value)) value.forEach(closed);
  else if (value && typeof value === 'object') {
    const schema = value as Json;
    if (schema.type === 'object' && schema.properties && !schema.allOf) {
      schema.additionalProperties ??= false;
    }
    Object.values(schema).forEach(closed);
  }
  return value;
}
