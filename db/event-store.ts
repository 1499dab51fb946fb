import type { EventFacts, EventType } from '../domain/event.ts';
import type { Tx } from './tx.ts';

/**
 * Tells the org's endpoints, in the transaction that does what is told: told if and only if it was
 * done. Last in it, as other transactions that tell of the same inbox wait for its end.
 */
export const recordEvent = async (
  tx: Tx,
  { type, inboxId, facts }: { type: EventType; inboxId: string; facts: EventFacts },
): Promise<void> => {
  await tx.sql('select record_events($1, $2, array[$3::jsonb])', [
    type,
    inboxId,
    JSON.stringify(facts),
  ]);
};
