import { invalidArgument } from './errors.ts';

/** A parsed partial-response mask: field name to what is kept below it (null: everything). */
type FieldMask = Map<string, FieldMask | null>;

const cache = new Map<string, FieldMask>();

/**
 * `id,payload(headers,parts/body)` as a tree. Masks repeat on every call, so they are kept.
 * @throws ApiError 400 when the mask does not parse
 */
export const parseFields = (text: string): FieldMask => {
  let mask = cache.get(text);
  if (!mask) {
    const reader = { text, at: 0 };
    mask = parseList(reader);
    if (reader.at < text.length) throw invalidMask(text);
    if (cache.size > 500) cache.clear();
    cache.set(text, mask);
  }
  return mask;
};

interface Reader {
  text: string;
  at: number;
}

const parseList = (reader: Reader): FieldMask => {
  const mask: FieldMask = new Map();
  for (;;) {
    parsePath(reader, mask);
    if (reader.text[reader.at] !== ',') return mask;
    reader.at++;
  }
};

const parsePath = (reader: Reader, mask: FieldMask): void => {
  const name = /^[\w$*@.-]+/.exec(reader.text.slice(reader.at))?.[0];
  if (!name) throw invalidMask(reader.text);
  reader.at += name.length;
  const next = reader.text[reader.at];
  if (next === '/') {
    reader.at++;
    parsePath(reader, below(mask, name));
  } else if (next === '(') {
    reader.at++;
    const inner = parseList(reader);
    if (reader.text[reader.at] !== ')') throw invalidMask(reader.text);
    reader.at++;
    const target = below(mask, name);
    for (const [key, value] of inner) target.set(key, value);
  } else {
    mask.set(name, null);
  }
};

const below = (mask: FieldMask, name: string): FieldMask => {
  const known = mask.get(name);
  if (known) return known;
  const fresh: FieldMask = new Map();
  mask.set(name, fresh);
  return fresh;
};

const invalidMask = (text: string) => invalidArgument(`Invalid field selection ${text}`);

/** `value` with only what `mask` keeps; lists are filtered item by item. */
export const applyFields = (value: unknown, mask: FieldMask): unknown => {
  if (Array.isArray(value)) return value.map((item) => applyFields(item, mask));
  if (value === null || typeof value !== 'object') return value;
  const kept: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    const inner = mask.has(key) ? mask.get(key) : mask.get('*');
    if (inner === undefined) continue;
    kept[key] = inner === null ? field : applyFields(field, inner);
  }
  return kept;
};
