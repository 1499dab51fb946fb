import type { Inbox } from './api-types.ts';

type Scoped = Pick<Inbox, 'scope' | 'scopeName'>;

/** What is synced, as it follows `Synced:`. Not of an inbox whose scope is unchosen. */
export const scopeWords = (inbox: Scoped): string =>
  inbox.scope.kind === 'contacts'
    ? 'everything with contacts'
    : `email with contacts${inPlace(inbox)}`;

/** What a reconnect makes of the choice, to be told before it; without its full stop. */
export const keptWords = (inbox: Scoped): string =>
  inbox.scope.kind === 'unchosen'
    ? 'nothing of it is read until you choose'
    : `what is synced stays as it was chosen, until you change it: ${scopeWords(inbox)}`;

/** ` in the label …`, to follow what is looked for there; empty where that is everything. */
export function inPlace({ scope, scopeName }: Scoped): string {
  if (scope.kind !== 'label' && scope.kind !== 'folder') return '';
  // The name goes with the history; the choice stays.
  const place = ` in the ${scope.kind} ${scopeName ?? 'you chose'}`;
  return scope.kind === 'folder' && scope.includeSubfolders
    ? `${place} and the folders below it`
    : place;
}
