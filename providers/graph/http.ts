import type { Context, Middleware } from '@microsoft/microsoft-graph-client';
import { type RawAnswer, sendOnce } from '../http.ts';

/**
 * A link of Graph's, to be followed as it is: the SDK takes links apart and puts them together
 * again, and sends those that are not https below its own base URL.
 */
export class Verbatim {
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }
}

/**
 * The SDK's whole middleware chain: one attempt, no retries (its own ignore the quota gate), no
 * redirects, and at most `maxBytes`. What came of it travels beside the Response, which the SDK
 * hands through untouched when asked for it raw; of an error it would keep the name alone.
 */
export const oneAttempt = (maxBytes: number): Middleware => ({
  execute: async (context: Context) => {
    const link = context.middlewareControl?.getMiddlewareOptions(Verbatim) as Verbatim | undefined;
    const { headers, body, method, signal } = context.options ?? {};
    const init = { method, headers, body, signal } as RequestInit;
    const sent = sendOnce(link?.url ?? String(context.request), init, maxBytes);
    const [outcome] = await Promise.allSettled([sent]);
    context.response = Object.assign(new Response(), { outcome });
  },
});

/** What `oneAttempt` received, or throws what it met. */
export const answerOf = (response: unknown): RawAnswer => {
  const { outcome } = response as { outcome: PromiseSettledResult<RawAnswer> };
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
};
