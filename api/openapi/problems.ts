import { PROBLEMS, type ProblemCode } from '../problem.ts';
import { isUnderApi, type Route } from '../route.ts';

const UNDER_API: readonly ProblemCode[] = [
  'invalid-request',
  'unauthenticated',
  'cross-site-request',
  'rate-limited',
  'temporarily-unavailable',
];
const WITH_BODY: readonly ProblemCode[] = [
  'malformed-json',
  'body-too-large',
  'unsupported-media-type',
];

/** All that a route may refuse: what it declares, and what is refused before it is reached. */
export function problemsOf(route: Route): ProblemCode[] {
  const takesInput = route.params ?? route.query ?? route.headers ?? route.body;
  const codes = new Set<ProblemCode>([
    ...(takesInput ? (['invalid-request'] as const) : []),
    ...(route.body ? WITH_BODY : []),
    ...(isUnderApi(route) ? UNDER_API : []),
    ...(route.path.startsWith('/api/v1/ops/') ? (['operators-only'] as const) : []),
    ...(route.problems ?? []),
    'internal',
  ]);
  return [...codes].sort((a, b) => PROBLEMS[a].status - PROBLEMS[b].status);
}
