import { globSync, readdirSync, readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize, sep } from 'node:path';
import { IMPORT_RULES, PRODUCTION } from './import-rules.ts';

interface Import {
  /** A package's name, or a file's path from the root. */
  specifier: string;
  ours: boolean;
  typeOnly: boolean;
}

/** A file's own imports. */
type Graph = ReadonlyMap<string, readonly Import[]>;

/** The formatter puts every static import at the start of a line. */
const STATIC = /^(?:import|export)(\s+type)?\s(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const DYNAMIC = /\bimport\(\s*['"]([^'"]+)['"]\s*,?\s*\)/g;

/** @returns what breaks the rules of import-rules.ts, one line each */
export const checkImports = async (root: string): Promise<string[]> => {
  const graph = await readGraph(root);
  const production = productionPackages(root);
  return [
    ...unruledFolders(root),
    ...[...graph].flatMap(([file, imports]) =>
      imports.flatMap((used) => judge(file, used, production) ?? []),
    ),
    ...findCycles(graph).map((cycle) => `cycle: ${cycle.join(' → ')}`),
  ];
};

const parseImports = (file: string, source: string): Import[] => {
  const toImport = (specifier: string, typeOnly: boolean): Import => {
    const ours = specifier.startsWith('.');
    const path = ours
      ? normalize(join(dirname(file), specifier))
          .split(sep)
          .join('/')
      : specifier;
    return { specifier: path, ours, typeOnly };
  };
  return [
    ...[...source.matchAll(STATIC)].map(([, type, name = '']) =>
      toImport(name, type !== undefined),
    ),
    ...[...source.matchAll(DYNAMIC)].map(([, name = '']) => toImport(name, false)),
  ];
};

const readGraph = async (root: string): Promise<Graph> => {
  const graph = new Map<string, Import[]>();
  const folders = `{${Object.keys(IMPORT_RULES).join(',')}}`;
  for await (const path of glob([`${folders}/**/*.ts`, '*.ts'], { cwd: root })) {
    const file = path.split(sep).join('/');
    graph.set(file, parseImports(file, readFileSync(join(root, path), 'utf8')));
  }
  return graph;
};

const judge = (file: string, used: Import, production: Set<string>): string | undefined => {
  const { specifier, ours, typeOnly } = used;
  const from = folderOf(file);
  const rule = IMPORT_RULES[from];
  if (!ours) {
    const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
    const available = typeOnly || isBuiltin(specifier) || production.has(name);
    if (available || !PRODUCTION.includes(from)) return undefined;
    return `${file} imports ${name}, which is not among the dependencies of package.json`;
  }
  if (!rule || from === folderOf(specifier)) return undefined;
  const permitted = typeOnly ? [...rule.allowed, ...(rule.types ?? [])] : rule.allowed;
  if (permitted.some((prefix) => specifier.startsWith(prefix))) return undefined;
  const types = rule.types ? `; as types only: ${list(rule.types)}` : '';
  return `${file} imports ${specifier}: ${from}/ may import ${list(rule.allowed)}${types}`;
};

/** One cycle per group of files that import each other by value. */
const findCycles = (graph: Graph): string[][] => {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(file);
    if (seenAt >= 0) cycles.push([...trail.slice(seenAt), file]);
    if (seenAt >= 0 || done.has(file)) return;
    for (const { specifier, typeOnly } of graph.get(file) ?? []) {
      if (!typeOnly && graph.has(specifier)) visit(specifier, [...trail, file]);
    }
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
};

/** A new folder would otherwise be free to import, and be imported, as it likes. */
const unruledFolders = (root: string): string[] =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => !(name in IMPORT_RULES))
    .filter((name) => globSync(`${name}/**/*.ts`, { cwd: root }).length > 0)
    .map((name) => `${name}/ has no rule in setup/import-rules.ts`);

const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : '');

const list = (names: readonly string[]): string => names.join(', ') || 'nothing of ours';

const productionPackages = (root: string): Set<string> =>
  new Set(Object.keys(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies));
