import type { GraphMethod } from './call.ts';
import { METHODS } from './methods/index.ts';

export interface Match {
  method: GraphMethod;
  params: Record<string, string>;
}

interface Route {
  method: GraphMethod;
  segments: string[];
}

const ROUTES: Route[] = METHODS.map((method) => ({ method, segments: method.path.split('/') }));

/** `mailFolders('inbox')` is `mailFolders/inbox`, and `delta()` is `delta`. */
const segmentsOf = (path: string): string[] =>
  path
    .split('/')
    .filter(Boolean)
    .flatMap((segment) => {
      const decoded = decode(segment);
      const keyed = /^([A-Za-z]+)\('(.*)'\)$/.exec(decoded);
      if (keyed) return [keyed[1] ?? '', (keyed[2] ?? '').replaceAll("''", "'")];
      return [decoded.replace(/^microsoft\.graph\./, '').replace(/\(\)$/, '')];
    });

const decode = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

const paramsOf = (pattern: readonly string[], segments: readonly string[]) => {
  if (pattern.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (part.startsWith('{')) params[part.slice(1, -1)] = segment;
    else if (part.toLowerCase() !== segment.toLowerCase()) return null;
  }
  return params;
};

/** The method of a path below `/v1.0`; `user` holds whose mailbox it names, unless `me`. */
export const matchRoute = (httpMethod: string, path: string): Match | null => {
  const segments = segmentsOf(path.replace(/^\/v1\.0/, ''));
  const named = segments[0]?.toLowerCase() === 'users' && segments.length > 1;
  const own = named ? ['me', ...segments.slice(2)] : segments;
  for (const { method, segments: pattern } of ROUTES) {
    if (method.httpMethod !== httpMethod) continue;
    const params = paramsOf(pattern, own);
    if (params) return { method, params: { ...params, ...(named && { user: segments[1] ?? '' }) } };
  }
  return null;
};
