import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';

/**
 * Tells when a request has left this process. Node's fetch publishes its life on diagnostics
 * channels; `create` runs in the caller's async context, `sendHeaders` perhaps in another one when
 * the request waited for a connection, hence the map from request to caller.
 */
const caller = new AsyncLocalStorage<() => void>();
const waiting = new WeakMap<object, () => void>();

subscribe('undici:request:create', (message) => {
  const leave = caller.getStore();
  if (leave) waiting.set((message as { request: object }).request, leave);
});
subscribe('undici:client:sendHeaders', (message) => {
  waiting.get((message as { request: object }).request)?.();
});

/**
 * Starts a call once.
 * @returns its result, and `sent`, which resolves when the request has left or the call has ended
 */
export function untilSent<T>(start: () => Promise<T>): { result: Promise<T>; sent: Promise<void> } {
  const { promise: sent, resolve: leave } = Promise.withResolvers<void>();
  const result = caller.run(leave, start);
  result.then(
    () => leave(),
    () => leave(),
  );
  return { result, sent };
}
