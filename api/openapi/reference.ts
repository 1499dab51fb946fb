import { escapeHtml, type Page } from '../page.ts';
import type { Json } from './schemas.ts';
import { typeText } from './type-text.ts';

interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  security?: [];
  parameters?: {
    name: string;
    in: string;
    required: boolean;
    description?: string;
    schema: Json;
  }[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

type Content = Record<string, { schema?: Json }>;

interface Document {
  info: { title: string; version: string; description: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Json> };
}

/** An OpenAPI document of ours as a page: all of it, nothing to load. */
export function referencePage(document: Json): Page {
  const { info, tags, paths, components } = document as unknown as Document;
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const sections = tags.map(({ name }) => {
    const own = all.filter(({ operation }) => operation.tags.includes(name));
    return `<h2 id="${anchor(name)}">${name}</h2>\n${own.map(operationText).join('\n')}`;
  });
  const contents = tags.map(({ name }) => `<a href="#${anchor(name)}">${name}</a>`);
  const schemas = Object.entries(components.schemas).map(([name, schema]) => {
    const said = schema.description ? `<p>${escapeHtml(String(schema.description))}</p>` : '';
    return `<h3 id="schema-${name}">${name}</h3>\n${said}${block(typeText(schema))}`;
  });
  return {
    title: 'API · Sambandh',
    body: `<h1>${escapeHtml(info.title)}: the API</h1>
${paragraphs(info.description)}
<p>For programs: <a href="/openapi.json">/openapi.json</a>, OpenAPI 3.1. Unless it says otherwise, an address wants a bearer token.</p>
<nav aria-label="Contents"><p>${contents.join(' · ')} · <a href="#schemas">Schemas</a></p></nav>
${sections.join('\n')}
<h2 id="schemas">Schemas</h2>
${schemas.join('\n')}`,
    footer: `<p>Version ${escapeHtml(info.version)}. This page ships with the product.</p>`,
  };
}

function operationText(one: { path: string; method: string; operation: Operation }): string {
  const { path, method, operation } = one;
  const { operationId, summary, description, security, parameters, requestBody } = operation;
  return `<h3 id="${operationId}"><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h3>
<p>${escapeHtml(summary)}.${security ? ' No token.' : ''}${description ? ` ${escapeHtml(description)}` : ''}</p>
${parameters ? parametersTable(parameters) : ''}
${requestBody ? `<p>Body${requestBody.required ? '' : ', if any'}:</p>\n${contentText(requestBody.content)}` : ''}
${Object.entries(operation.responses).map(answerText).join('\n')}`;
}

type Parameter = NonNullable<Operation['parameters']>[number];

function answerText([status, { description, content }]: [string, Operation['responses'][string]]) {
  const problem = content && 'application/problem+json' in content;
  const said = `<p><b>${status}</b> ${marked(description)}</p>`;
  return problem || !content ? said : `${said}\n${contentText(content)}`;
}

function contentText(content: Content): string {
  return Object.entries(content)
    .map(([type, { schema }]) => block(schema ? typeText(schema) : escapeHtml(type)))
    .join('\n');
}

function parametersTable(parameters: Parameter[]): string {
  const rows = parameters.map((one) => `<tr>${parameterCells(one).join('')}</tr>`);
  return `<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Parameter</th><th scope="col">In</th><th scope="col">Form</th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div>`;
}

function parameterCells({ name, in: place, required, description, schema }: Parameter): string[] {
  const form = [typeText(schema), schema.pattern && code(schema.pattern), description];
  return [
    `<td>${code(name)}</td>`,
    `<td>${place}${required ? '' : ', optional'}</td>`,
    `<td>${form.filter(Boolean).join(', ')}</td>`,
  ];
}

const anchor = (tag: string): string => tag.toLowerCase().replaceAll(' ', '-');

const block = (html: string): string => `<pre tabindex="0"><code>${html}</code></pre>`;

const code = (text: unknown): string => `<code>${escapeHtml(String(text))}</code>`;

/** Backquotes are all the markup that descriptions have. */
const marked = (text: string): string =>
  escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');

const paragraphs = (text: string): string =>
  text
    .split('\n\n')
    .map((one) => `<p>${marked(one)}</p>`)
    .join('\n');
