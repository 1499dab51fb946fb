import type { Database } from '../db/database.ts';
import { reserveQuota } from '../db/quota-store.ts';
import { addTouches } from '../db/touch-store.ts';
import { reservesOf } from '../domain/quota.ts';
import {
  AccessTokenRejectedError,
  ProviderUnavailableError,
  RateLimitedError,
} from '../providers/errors.ts';
import type { CallGate, Lane, ProviderCall } from '../providers/mail-provider.ts';
import type { TouchCounter } from './touch-counter.ts';
import { untilSent } from './until-sent.ts';

export interface QuotaBudget {
  /** Units per window; 0 switches the budget off (benchmarks of the engine alone). */
  limit: number;
  windowMs: number;
}

export interface Quotas {
  /** Of one mailbox. */
  mailbox: QuotaBudget;
  /** Of the whole project, over all mailboxes and workers. */
  project: QuotaBudget;
}

export interface FenceOptions {
  database: Database;
  inbox: { inboxId: string; epoch: number };
  timeoutMs: number;
  touches: TouchCounter;
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
  grant: { accessToken(): Promise<string>; distrust(token: string): void };
}

/** A person does not wait longer than this; activities wait as long as the quota window is. */
const USER_PATIENCE_MS = 3_000;

/** Bounds how long a slow connect can hold the fence, and with it a disconnect. */
const CONNECT_PATIENCE_MS = 2_000;

class SlowConnectError extends ProviderUnavailableError {
  constructor() {
    super(`The provider did not take the connection within ${CONNECT_PATIENCE_MS} ms.`);
  }
}

/**
 * The only door to a provider: quota first, then a valid token, then the fence. A refused token is
 * renewed and the call made once more.
 */
export function createCallGate(options: GateOptions): CallGate {
  const attempt: CallGate = async (call, start) => {
    await waitForQuota(options, call.units);
    const accessToken = await options.grant.accessToken();
    try {
      return await throughFence(options, call, (signal) => start({ accessToken, signal }));
    } catch (error) {
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
  const slowConnect = new AbortController();
  const signal = AbortSignal.any([
    slowConnect.signal,
    AbortSignal.timeout(options.timeoutMs),
    ...(options.signal ? [options.signal] : []),
  ]);
  const { result } = await options.database.asConnectedInbox(options.inbox, async (tx) => {
    const { result, sent } = untilSent(() => start(signal));
    const timer = setTimeout(() => slowConnect.abort(new SlowConnectError()), CONNECT_PATIENCE_MS);
    await sent;
    clearTimeout(timer);
    // Last, since all calls of an inbox write this one row.
    await addTouches(tx, options.touches.take(call));
    return { result };
  });
  const answer = await result;
  options.touches.noteListed(call);
  return answer;
}

async function waitForQuota(options: GateOptions, units: number): Promise<void> {
  const { mailbox, project } = options.quotas;
  await waitFor(options, `${options.provider}:${options.mailboxHash}`, units, mailbox);
  await waitFor(options, options.provider, units, project);
}

async function waitFor(
  options: GateOptions,
  key: string,
  units: number,
  budget: QuotaBudget,
): Promise<void> {
  if (budget.limit === 0 || units === 0) return;
  const reserve = reservesOf(budget.limit)[options.lane];
  for (;;) {
    const waitMs = await reserveQuota(options.database, { key, units, reserve, ...budget });
    if (waitMs === 0) return;
    if (options.lane === 'user' && waitMs > USER_PATIENCE_MS) {
      throw new RateLimitedError('This mailbox has used its quota for the moment.', waitMs);
    }
    await pause(waitMs, options.signal);
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
