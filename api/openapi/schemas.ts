import { z } from 'zod';

export type Json = Record<string, unknown>;

/**
 * JSON Schemas of zod schemas, as OpenAPI 3.1 wants them: what has an id is kept apart, once, and
 * referred to.
 */
export class SchemaCollector {
  readonly components: Record<string, Json> = {};

  /** What is taken: defaults may be left out. */
  input = (schema: z.ZodType): Json => this.#convert(schema, 'input');
  /** What is given. */
  output = (schema: z.ZodType): Json => this.#convert(schema, 'output');

  #convert(schema: z.ZodType, io: 'input' | 'output'): Json {
    const converted = z.toJSONSchema(schema, {
      io,
      override: ({ jsonSchema }) => tidy(jsonSchema, io),
    });
    const { $schema, $defs = {}, ...own } = referringTo(converted);
    for (const [id, definition] of Object.entries($defs as Record<string, Json>)) {
      const known = this.components[id];
      if (known && JSON.stringify(known) !== JSON.stringify(definition)) {
        throw new Error(`Two schemas have the id ${id}.`);
      }
      this.components[id] = definition;
    }
    return own;
  }
}

/**
 * Takes out what says nothing (the patterns behind formats, how far JavaScript can count), and what
 * would promise callers that an answer never gets another field.
 */
function tidy(schema: Json, io: 'input' | 'output'): void {
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.format) delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  delete schema.id;
}

function referringTo(schema: Json): Json {
  return JSON.parse(
    JSON.stringify(schema).replaceAll('"$ref":"#/$defs/', '"$ref":"#/components/schemas/'),
  );
}
