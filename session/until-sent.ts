import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';

/**
 * Tells when a request has left this process. Node's fetch publishes its life on diagnostics
 * channels; `create` runs in the caller's async context, `sendHeaders` perhaps in another one when
 * the request waited for a connection, hence the map from request to caller.
 */
interface Call {
  /** Of each of its requests, where to. */
  created: string[];
  left: boolean;
  leave: () => void;
}

const caller = new AsyncLocalStorage<Call>();
const waiting = new WeakMap<object, Call>();
/** Origins of which the channel has told that a request leaves; of HTTP/2 it may never tell. */
const toldOf = new Set<string>();

subscribe('undici:request:create', (message) => {
  const call = caller.getStore();
  if (!call) return;
  const { request } = message as Message;
  call.created.push(String(request.origin));
  waiting.set(request, call);
});
subscribe('undici:client:sendHeaders', (message) => {
  const { request } = message as Message;
  const call = waiting.get(request);
  if (!call) return;
  toldOf.add(String(request.origin));
  call.left = true;
  call.leave();
});

interface Message {
  request: { origin?: unknown };
}

/**
 * Starts a call once.
 * @returns its result; `sent`, which resolves when a request has left or the call has ended; and
 *   whether it is certain that none has left, which is asked when the call has ended
 */
export function untilSent<T>(start: () => Promise<T>): {
  result: Promise<T>;
  sent: Promise<void>;
  neverLeft: () => boolean;
} {
  const { promise: sent, resolve: leave } = Promise.withResolvers<void>();
  const call: Call = { created: [], left: false, leave };
  const result = caller.run(call, start);
  result.then(
    () => leave(),
    () => leave(),
  );
  // No news proves something only where there is news of others.
  const neverLeft = (): boolean =>
    !call.left && call.created.length > 0 && call.created.every((origin) => toldOf.has(origin));
  return { result, sent, neverLeft };
}
