import type { Database } from '../db/database.ts';
import { type QuotaRequest, reserveQuota } from '../db/quota-store.ts';
import { addTouches, type Touches } from '../db/touch-store.ts';
import { ContentFreeError } from '../domain/errors.ts';
import { reservesOf } from '../domain/quota.ts';
import { providerCalls, quotaUnits } from '../metrics/engine.ts';
import { AccessTokenRejectedError, RateLimitedError } from '../providers/errors.ts';
import type { CallGate, Lane, ProviderCall, Reads } from '../providers/mail-provider.ts';
import type { CallSlots } from './call-slots.ts';
import { sendOff } from './send-off.ts';

/** Units per window; 0 switches a budget off (benchmarks of the engine alone). */
export interface Quotas {
  /** Of one mailbox. */
  mailbox: number;
  /** Of the whole project, over all mailboxes and workers. */
  project: number;
  windowMs: number;
  /** Requests under way at the same moment in one mailbox; 0 where the provider sets no such wall. */
  atOnce: number;
  /** Messages that leave one mailbox within a minute; 0 where the provider counts none. */
  sendsPerMinute: number;
}

export interface FenceOptions {
  database: Database;
  inbox: { inboxId: string; epoch: number };
  timeoutMs: number;
  /** Ends waits and calls when the activity is cancelled or the request is gone. */
  signal?: AbortSignal;
}

export interface GateOptions extends FenceOptions {
  /** Names the project budget: 'gmail', 'outlook'. */
  provider: string;
  /** Names the mailbox budget: two users of one mailbox share what the provider counts. */
  mailboxHash: string;
  lane: Lane;
  quotas: Quotas;
  slots: CallSlots;
  grant: { accessToken(): Promise<string>; distrust(token: string): void };
}

/** A person does not wait longer than this; activities wait as long as the quota window is. */
const USER_PATIENCE_MS = 3_000;

/** The user has not turned sending on, or has turned it off: no call has left (I11). */
export class SendingOffError extends ContentFreeError {
  override readonly name = 'SendingOff';
  constructor(inboxId: string) {
    super(`Sending is not turned on for inbox ${inboxId}.`);
  }
}

/**
 * The only door to a provider: a valid token first, then quota, a slot, and the fence. A refused token is
 * renewed and the call made once more.
 */
export function createCallGate(options: GateOptions): CallGate {
  const attempt: CallGate = async (call, start) => {
    // The token first: a renewal after the grant of quota would let it go stale.
    const accessToken = await options.grant.accessToken();
    if (call.sends) await waitForSend(options);
    await waitForQuota(options, call.units);
    const { provider, lane } = options;
    quotaUnits.inc({ provider, lane }, call.units);
    const counted = (outcome: string): void =>
      providerCalls.inc({ provider, lane, method: call.method, outcome });
    try {
      const answer = await withinWall(options, call, () =>
        throughFence(options, call, (signal) => start({ accessToken, signal })),
      );
      counted('ok');
      return answer;
    } catch (error) {
      counted(error instanceof Error ? error.name : 'unknown');
      if (error instanceof AccessTokenRejectedError) options.grant.distrust(accessToken);
      throw error;
    }
  };
  return async (call, start) => {
    try {
      return await attempt(call, start);
    } catch (error) {
      if (!(error instanceof AccessTokenRejectedError)) throw error;
      return await attempt(call, start);
    }
  };
}

/** The wall of calls at once, and the pause that a provider with such a wall asks for. */
async function withinWall<T>(
  options: GateOptions,
  { atOnce: slots = 1 }: ProviderCall,
  call: () => Promise<T>,
): Promise<T> {
  const { quotas, lane, signal } = options;
  if (quotas.atOnce === 0) return await call();
  const key = mailboxKey(options);
  const patienceMs = lane === 'user' ? USER_PATIENCE_MS : Number.POSITIVE_INFINITY;
  const wanted = { key, lane, slots, limit: quotas.atOnce, patienceMs };
  return await options.slots.within(signal ? { ...wanted, signal } : wanted, async () => {
    try {
      return await call();
    } catch (error) {
      if (error instanceof RateLimitedError) await options.slots.hold(key, error.retryAfterMs);
      throw error;
    }
  });
}

const mailboxKey = ({ provider, mailboxHash }: GateOptions): string => `${provider}:${mailboxHash}`;

/**
 * The epoch fence, held until the request has left: disconnect waits for that moment, so that no
 * call starts after it has answered (I4, B7).
 * @throws StaleEpochError
 */
export async function throughFence<T>(
  options: FenceOptions,
  call: ProviderCall,
  start: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { result } = await options.database.asConnectedInbox(options.inbox, async (tx) => {
    if (call.sends && !tx.inbox.sending) throw new SendingOffError(options.inbox.inboxId);
    const started = await sendOff(options, start);
    // Last, since all calls of an inbox write this one row.
    addTouches(tx, { calls: 1, units: call.units, ...touchesOf(call.reads) });
    return started;
  });
  const answer = await result;
  if (call.answered) await countAnswered(options, call.answered);
  return answer;
}

/** What an answer held is known only now; after a disconnect it is neither used nor counted. */
async function countAnswered(options: FenceOptions, answered: Reads): Promise<void> {
  await options.database.asConnectedInbox(options.inbox, async (tx) => {
    addTouches(tx, touchesOf(answered));
  });
}

const touchesOf = ({ ids = 0, heads = 0, bodies = 0 }: Reads = {}): Partial<Touches> => ({
  idsListed: ids,
  headsRead: heads,
  bodiesRead: bodies,
});

async function waitForQuota(options: GateOptions, units: number): Promise<void> {
  const { quotas, provider, lane } = options;
  const budgets = [
    { key: mailboxKey(options), limit: quotas.mailbox },
    { key: provider, limit: quotas.project },
  ]
    .filter(({ limit }) => limit > 0)
    .map(({ key, limit }) => ({ key, limit, reserve: reservesOf(limit)[lane] }));
  if (budgets.length === 0 || units === 0) return;
  await waitFor(options, { units, windowMs: quotas.windowMs, budgets });
}

async function waitForSend(options: GateOptions): Promise<void> {
  const { sendsPerMinute: limit } = options.quotas;
  if (limit === 0) return;
  const budget = { key: `${mailboxKey(options)}:sends`, limit, reserve: 0 };
  await waitFor(options, { units: 1, windowMs: 60_000, budgets: [budget] });
}

/** @throws RateLimitedError a person would have to wait for long */
async function waitFor(
  { database, lane, signal }: GateOptions,
  request: QuotaRequest,
): Promise<void> {
  for (;;) {
    const waitMs = await reserveQuota(database, request);
    if (waitMs === 0) return;
    if (lane === 'user' && waitMs > USER_PATIENCE_MS) {
      throw new RateLimitedError('This mailbox has used its quota for the moment.', waitMs);
    }
    await pause(waitMs, signal);
  }
}

/** @throws the signal's reason when it aborts first */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
