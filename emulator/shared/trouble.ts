import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultEffect, Faults } from './faults.ts';
import type { Latency } from './latency.ts';

/** What a call meets on its connection, whatever it asks for. */
interface Surroundings {
  faults: Faults;
  latency: Latency;
}

/** A fault of the connection itself, if one is to strike this call. */
export const strikeTransport = (
  { faults }: Surroundings,
  token: { address: string } | null,
  method: string,
  messageId: string | null,
): FaultEffect | null =>
  faults.strike({ mailbox: token?.address ?? null, method, messageId }, true)?.effect ?? null;

/** Whether the caller's connection dies before anything was done. */
export const skipsWork = (effect: FaultEffect | null): boolean =>
  effect?.kind === 'hang' || (effect?.kind === 'reset' && !effect.afterWork);

/** The latency of this method, and what a fault adds. */
export const pause = async (
  { latency }: Surroundings,
  method: string,
  effect: FaultEffect | null,
): Promise<void> => {
  const ms = latency.of(method) + (effect?.kind === 'delay' ? effect.ms : 0);
  if (ms > 0) await sleep(ms);
};
