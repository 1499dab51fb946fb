import type { GraphCall } from './call.ts';

/** An absolute link to `path`, with names encoded (`%24top`) as Graph writes them. */
export const linkTo = (
  { context }: GraphCall,
  path: string,
  values: readonly (readonly [string, string])[],
): string => {
  const query = values
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  return `${context.linkBase}${path}${query ? `?${query}` : ''}`;
};

/** This call again, with some parameters replaced. */
export const linkAgain = (call: GraphCall, changes: Record<string, string>): string => {
  const kept = [...call.query].filter(([name]) => !(name in changes));
  return linkTo(call, call.path, [...kept, ...Object.entries(changes)]);
};

/** `@odata.context` of an answer. */
export const contextOf = ({ context, account }: GraphCall, what: string): string =>
  `${context.linkBase}/v1.0/$metadata#users('${account.person.oid}')/${what}`;
