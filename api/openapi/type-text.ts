import { escapeHtml } from '../page.ts';
import type { Json } from './schemas.ts';

/** A JSON Schema as a type for reading, in HTML: names of other schemas are links. */
export function typeText(schema: Json, indent = ''): string {
  if (typeof schema.$ref === 'string') return link(schema.$ref);
  if ('const' in schema) return escapeHtml(JSON.stringify(schema.const));
  if (Array.isArray(schema.enum)) {
    return schema.enum.map((value) => escapeHtml(JSON.stringify(value))).join(' | ');
  }
  for (const [keyword, join] of [
    ['anyOf', ' | '],
    ['oneOf', ' | '],
    ['allOf', ' &amp; '],
  ] as const) {
    const parts = schema[keyword];
    if (Array.isArray(parts)) return parts.map((part) => typeText(part, indent)).join(join);
  }
  if (schema.type === 'array') return `${typeText(schema.items as Json, indent)}[]`;
  if (schema.type === 'object') return objectText(schema, indent);
  const format = schema.format ? ` (${escapeHtml(String(schema.format))})` : '';
  return `${escapeHtml(String(schema.type ?? 'anything'))}${format}`;
}

function objectText(schema: Json, indent: string): string {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Json>);
  const inner = `${indent}  `;
  const required = new Set((schema.required ?? []) as string[]);
  const lines = properties.map(([name, property]) => {
    const note = property.description
      ? ` <i>— ${escapeHtml(String(property.description))}</i>`
      : '';
    const mark = required.has(name) ? '' : '?';
    return `${inner}${escapeHtml(name)}${mark}: ${typeText(property, inner)}${note}`;
  });
  const rest = schema.additionalProperties;
  if (rest && typeof rest === 'object') {
    const names = schema.propertyNames ? typeText(schema.propertyNames as Json, inner) : 'string';
    lines.push(`${inner}[${names}]: ${typeText(rest as Json, inner)}`);
  }
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}

function link(ref: string): string {
  const name = escapeHtml(ref.slice(ref.lastIndexOf('/') + 1));
  return `<a href="#schema-${name}">${name}</a>`;
}
