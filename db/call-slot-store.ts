import type { Database } from './database.ts';

export interface SlotRequest {
  /** Whose: `outlook:<mailbox hash>`. */
  key: string;
  /** Of this call, the same each time it asks. */
  ticket: string;
  /** 0 goes first. */
  rank: number;
  /** Requests that the provider will count as under way at once. */
  slots: number;
  /** How many it allows. */
  limit: number;
  /** A grant that nobody ends is taken back after this. */
  leaseMs: number;
  /** A place in line that nobody asks for is given up after this. */
  lineMs: number;
}

export interface SlotAnswer {
  granted: boolean;
  /** Rest of a pause that the provider asked for; 0 without one. */
  heldMs: number;
}

/**
 * Asks for slots of a mailbox, which all processes share; until granted, ask again. Once granted,
 * to ask again extends the lease, and the answer says nothing.
 */
export const takeCallSlots = async (db: Database, request: SlotRequest): Promise<SlotAnswer> => {
  const { key, ticket, rank, slots, limit, leaseMs, lineMs } = request;
  const [answer] = await db.statement<SlotAnswer>(
    `select granted, held_ms as "heldMs" from take_call_slots($1, $2, $3, $4, $5, $6, $7)`,
    [key, ticket, rank, slots, limit, leaseMs, lineMs],
  );
  return answer ?? { granted: false, heldMs: 0 };
};

/** Gives back what a ticket holds, or its place in line. */
export const endCall = async (db: Database, ticket: string): Promise<void> => {
  await db.statement('select end_call($1)', [ticket]);
};

/** No call of anybody starts in this mailbox for `ms`. */
export const holdCalls = async (db: Database, key: string, ms: number): Promise<void> => {
  await db.statement('select hold_calls($1, $2)', [key, Math.ceil(ms)]);
};
