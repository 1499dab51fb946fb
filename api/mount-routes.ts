import type { IRouter, RequestHandler } from 'express';
import type { ApiContext } from './context.ts';
import { onlyMethods } from './problem-handler.ts';
import { refuseBody, smallJson } from './read-json.ts';
import { isUnderApi, type Route } from './route.ts';

/** Every route with what reads its body, and a refusal for each method that its address does not take. */
export function mountRoutes(router: IRouter, routes: readonly Route[], ctx: ApiContext): void {
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    const path = expressPath(route.path);
    const { before = [], readBody = bodyReader(route) } = route;
    router[route.method](path, ...before, ...(readBody ? [readBody] : []), route.listener(ctx));
    methods.set(path, [...(methods.get(path) ?? []), route.method.toUpperCase()]);
  }
  // After all of them, as `/contacts/bulk` is also an address of `/contacts/:id`.
  for (const [path, taken] of methods) router.route(path).all(onlyMethods(...taken));
}

/** Pages and callbacks are reached by others' links and forms: they do not mind a body. */
function bodyReader(route: Route): RequestHandler | undefined {
  if (route.body) return smallJson;
  return isUnderApi(route) ? refuseBody : undefined;
}

function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}
