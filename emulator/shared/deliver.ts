import { setTimeout as sleep } from 'node:timers/promises';

/** What of a delivery its attempts change. */
export interface Delivered {
  attempts: number;
  status: 'pending' | 'acknowledged' | 'abandoned';
  /** Status of the last answer; 0 when there was none. */
  lastStatus: number | null;
}

interface Patience {
  initialDelayMs: number;
  behaviour: { minBackoffMs: number; maxBackoffMs: number; maxAttempts: number };
  signal: AbortSignal;
}

/**
 * Tries until acknowledged, given up, or the emulator closes. Never rejects.
 * @param attempt answers with a status, 0 for none
 */
export const deliverUntilTaken = async (
  delivery: Delivered,
  { initialDelayMs, behaviour, signal }: Patience,
  attempt: () => Promise<number>,
  isTaken: (status: number) => boolean,
): Promise<void> => {
  let backoff = behaviour.minBackoffMs;
  let wait = initialDelayMs;
  while (!signal.aborted && delivery.attempts < behaviour.maxAttempts) {
    if (wait > 0) {
      const slept = await sleep(wait, true, { signal, ref: false }).catch(() => false);
      if (!slept) return;
    }
    delivery.attempts++;
    delivery.lastStatus = await attempt();
    if (isTaken(delivery.lastStatus)) {
      delivery.status = 'acknowledged';
      return;
    }
    wait = backoff;
    backoff = Math.min(backoff * 2, behaviour.maxBackoffMs);
  }
  if (!signal.aborted) delivery.status = 'abandoned';
};
