import { z } from 'zod';
import { PROBLEMS, type ProblemCode } from '../problem.ts';
import { isUnderApi, Media, type Route } from '../route.ts';
import { VERSION } from '../version.ts';
import { problemsOf } from './problems.ts';
import { type Json, SchemaCollector } from './schemas.ts';
import { webhooksOf } from './webhooks.ts';

const INTRODUCTION = `Connects inboxes, reads timelines, tells what was done. Times are ISO 8601 in UTC.

A user sees their own inboxes and mail, and their org's contacts. What belongs to somebody else answers exactly as what does not exist: 404.

Unknown fields of bodies and query strings are refused; answers may get more fields in later versions. Errors are problem documents (RFC 9457); \`type\` leads to a page. Lists that take \`cursor\` give \`nextCursor\`, which is opaque; a message that arrives while you page shows up on the next look at the first page, never twice.`;

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What happened, what it means, what to do.'),
    instance: z.string().describe('Holds the request id.'),
    errors: z
      .array(z.object({ field: z.string(), message: z.string() }))
      .max(20)
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

/** The OpenAPI 3.1 document of these routes; plain data. */
export function openApiDocument(routes: readonly Route[]): Json {
  const schemas = new SchemaCollector();
  const problem = schemas.output(problemSchema);
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method]: operation(route, schemas, problem),
    };
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Sambandh email sync', version: VERSION, description: INTRODUCTION },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    webhooks: webhooksOf(schemas),
    components: { schemas: schemas.components, headers: HEADERS, securitySchemes: SECURITY },
  };
}

function operation(route: Route, schemas: SchemaCollector, problem: Json): Json {
  const parameters = [
    ...parametersOf('path', route.params, schemas),
    ...parametersOf('query', route.query, schemas),
    ...parametersOf('header', route.headers, schemas),
  ];
  const { body } = route;
  return {
    operationId: route.name,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description && { description: route.description }),
    ...(!isUnderApi(route) && { security: [] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: !body.safeParse(undefined).success,
        content: { 'application/json': { schema: schemas.input(body) } },
      },
    }),
    responses: {
      ...answers(route, schemas),
      ...(route.etag && { 304: NOT_CHANGED }),
      ...refusals(route, problem),
    },
  };
}

function parametersOf(place: string, schema: z.ZodType | undefined, schemas: SchemaCollector) {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemas.input(schema) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: rest,
  }));
}

function answers(route: Route, schemas: SchemaCollector): Json {
  const headers = headersOf(route);
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, answer]) => {
      if (!(answer instanceof Media)) {
        const schema = schemas.output(answer);
        const description = String(answer.description ?? route.summary);
        return [status, { description, headers, content: { 'application/json': { schema } } }];
      }
      const content = answer.type && { [answer.type]: {} };
      return [status, { description: answer.description, headers, ...(content && { content }) }];
    }),
  );
}

/** One answer per status, which names the types of its problems. */
function refusals(route: Route, problem: Json): Json {
  const byStatus = Map.groupBy(problemsOf(route), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus]
      // What a route answers itself with such a status, it describes itself.
      .filter(([status]) => !(status in route.responses))
      .map(([status, codes]) => [status, refusal(route, codes, problem)]),
  );
}

function refusal(route: Route, codes: ProblemCode[], problem: Json): Json {
  const types = codes.map((code) => `/problems/${code}`);
  const schema = { allOf: [problem], properties: { type: { enum: types } } };
  return {
    description: codes.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
    headers: headersOf(route),
    content: { 'application/problem+json': { schema } },
  };
}

function headersOf(route: Route): Json {
  const names = isUnderApi(route) ? Object.keys(HEADERS) : ['X-Request-Id'];
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

const NOT_CHANGED = {
  description: 'It is what If-None-Match names: the ETag of an earlier answer.',
};

const HEADERS: Record<string, Json> = {
  'X-Request-Id': {
    description: 'The caller’s own id, if it is 8 to 64 of A-Z a-z 0-9 _ -; else a new one.',
    schema: { type: 'string' },
  },
  'X-RateLimit-Limit': {
    description: 'Requests a minute, per user and API process.',
    schema: { type: 'integer' },
  },
  'X-RateLimit-Remaining': { description: 'Of these, left.', schema: { type: 'integer' } },
  'X-RateLimit-Reset': {
    description: 'When the minute ends, in Unix seconds.',
    schema: { type: 'integer' },
  },
};

const SECURITY: Record<string, Json> = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'Signed with the shared secret (HS256) or by a key of the configured key server (RS256, PS256, ES256, EdDSA). Claims: sub (the user), org (the organisation) and exp are required; email says where notifications go.',
  },
};
