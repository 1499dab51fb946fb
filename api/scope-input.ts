import { z } from 'zod';
import type { Provider } from '../domain/inbox.ts';
import { type ChosenScope, placeOf, type Scope } from '../domain/scope.ts';
import { Problem } from './problem.ts';

const providerId = z
  .string()
  .regex(/^[A-Za-z0-9_:.=-]{1,200}$/, 'not an id from the list of scopes');

const CHOSEN = [
  z.strictObject({ kind: z.literal('contacts') }),
  z.strictObject({ kind: z.literal('label'), labelId: providerId }),
  z.strictObject({
    kind: z.literal('folder'),
    folderId: providerId,
    includeSubfolders: z.boolean().default(false),
  }),
] as const;

/** What a caller may ask to be synced. */
export const scopeSchema = z.discriminatedUnion('kind', CHOSEN);

/** The same at a connect, or to say that it is chosen afterwards. */
export const connectScopeSchema = z.discriminatedUnion('kind', [
  ...CHOSEN,
  z.strictObject({ kind: z.literal('unchosen') }),
]);

/** Where mail lies at each provider, as far as it can be a scope. */
const PLACE: Readonly<Record<Provider, ChosenScope['kind']>> = {
  gmail: 'label',
  outlook: 'folder',
};

/** @throws Problem when this provider has no such kind of place */
export function scopeFor<S extends Scope>(provider: Provider, scope: S): S {
  if (placeOf(scope) === null || scope.kind === PLACE[provider]) return scope;
  throw new Problem('invalid-request', `A ${provider} inbox has no ${scope.kind}s.`, {
    errors: [{ field: 'scope.kind', message: `not "${scope.kind}" for ${provider}` }],
  });
}
