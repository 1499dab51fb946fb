import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { transformSync } from '@swc/core';

const FOLDER = new URL('../web/', import.meta.url);

/** The page's libraries, as its modules import them. */
const LIBRARIES = ['preact', 'preact/hooks', 'htm'];

export interface WebFile {
  type: string;
  plain: Buffer;
  br: Buffer;
  gzip: Buffer;
}

export interface WebFiles {
  page: WebFile;
  /** By their path, which changes with the content of any of them: browsers keep them for good. */
  assets: ReadonlyMap<string, WebFile>;
}

/**
 * The page of `web/`, ready to be sent. There is no build: types are taken out as the worker's bundler
 * does, imports of libraries become paths, and every module is announced in the page, so that the
 * browser asks for all of them at once.
 */
export function readWebFiles(): WebFiles {
  const sources = new Map<string, string>();
  for (const name of readdirSync(FOLDER).sort()) {
    const text = readFileSync(new URL(name, FOLDER), 'utf8');
    if (name.endsWith('.ts')) sources.set(name, module(withoutTypes(text)));
    if (name.endsWith('.css')) sources.set(name, text);
  }
  for (const name of LIBRARIES) {
    const text = readFileSync(new URL(import.meta.resolve(name)), 'utf8');
    sources.set(libraryFile(name), module(text.replace(/\n\/\/# sourceMappingURL=.*/, '')));
  }
  const version = createHash('sha256')
    .update(JSON.stringify([...sources]))
    .digest('hex')
    .slice(0, 16);
  const base = `/web/${version}`;
  const modules = [...sources.keys()].filter((name) => !name.endsWith('.css'));
  const preloads = modules.map((name) => `<link rel="modulepreload" href="${base}/${name}">`);
  const page = readFileSync(new URL('index.html', FOLDER), 'utf8')
    .replaceAll('{assets}', base)
    .replace('{preloads}', preloads.join('\n'));
  return {
    page: packed('html', page),
    assets: new Map(
      [...sources].map(([name, text]) => [
        `${base}/${name}`,
        packed(name.endsWith('.css') ? 'css' : 'text/javascript', text),
      ]),
    ),
  };
}

const withoutTypes = (source: string): string =>
  transformSync(source, {
    jsc: { parser: { syntax: 'typescript' }, target: 'esnext' },
    module: { type: 'es6' },
    swcrc: false,
  }).code;

/** Imports by a library's name are a server's; a browser wants a path. */
function module(source: string): string {
  return source.replaceAll(
    /(\bfrom\s*|\bimport\s*)(["'])(preact\/hooks|preact|htm)\2/g,
    (_all, keyword: string, quote: string, name: string) =>
      `${keyword}${quote}./${libraryFile(name)}${quote}`,
  );
}

function libraryFile(name: string): string {
  return `lib-${name.replace('/', '-')}.js`;
}

function packed(type: string, text: string): WebFile {
  const plain = Buffer.from(text);
  return { type, plain, br: brotliCompressSync(plain), gzip: gzipSync(plain) };
}
