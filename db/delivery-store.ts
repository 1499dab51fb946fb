import type { EventFacts, EventType } from '../domain/event.ts';
import { at, msOf, msOrNull } from './time.ts';
import { one, type Tx } from './tx.ts';

export type DeliveryState = 'pending' | 'delivered' | 'failed' | 'dropped';

/** One event for one endpoint. */
export interface DeliveryRow {
  /** Rises, of one inbox, in the order in which its events happened. */
  seq: number;
  endpointId: string;
  inboxId: string;
  eventId: string;
  type: EventType;
  facts: EventFacts;
  state: DeliveryState;
  attempts: number;
  recordedAt: number;
  dueAt: number;
  expiresAt: number;
  settledAt: number | null;
  lastStatus: number | null;
  lastFailure: string | null;
}

/** Inboxes whose oldest waiting event may be delivered now, and when the next of the others may. */
export const dueLanes = async (
  tx: Tx,
  endpointId: string,
  now: number,
): Promise<{ inboxIds: string[]; nextDueAt: number | null }> => {
  const rows = await tx.sql<{ inbox_id: string; due_at: string }>(
    'select inbox_id, due_at from lane_heads($1) order by due_at',
    [endpointId],
  );
  const lanes = rows.map(({ inbox_id, due_at }) => ({ inboxId: inbox_id, dueAt: msOf(due_at) }));
  return {
    inboxIds: lanes.filter(({ dueAt }) => dueAt <= now).map(({ inboxId }) => inboxId),
    nextDueAt: lanes.find(({ dueAt }) => dueAt > now)?.dueAt ?? null,
  };
};

/** What waits of one inbox, oldest first. */
export const pendingOfLane = async (
  tx: Tx,
  endpointId: string,
  inboxId: string,
  limit: number,
): Promise<DeliveryRow[]> => {
  const rows = await tx.sql<DeliveryRecord>(
    `select * from event_deliveries
     where endpoint_id = $1 and inbox_id = $2 and state = 'pending' order by seq limit $3`,
    [endpointId, inboxId, limit],
  );
  return rows.map(toDelivery);
};

export interface Attempted {
  status: number | null;
  failure: string | null;
}

/**
 * What came of an attempt.
 * @param next `retryAt` in epoch ms; left out for an end
 * @returns false when somebody else has attempted it meanwhile, or it is not waiting any more: stop
 */
export const noteAttempt = async (
  tx: Tx,
  delivery: Pick<DeliveryRow, 'seq' | 'attempts'>,
  next: { state: DeliveryState; retryAt?: number },
  { status, failure }: Attempted,
): Promise<boolean> => {
  const rows = await tx.sql(
    `update event_deliveries set state = $3, attempts = attempts + 1, last_status = $4,
       last_failure = $5, due_at = coalesce($6, due_at),
       settled_at = case when $3 <> 'pending' then now() end
     where seq = $1 and attempts = $2 and state = 'pending' returning seq`,
    [
      delivery.seq,
      delivery.attempts,
      next.state,
      status,
      failure,
      next.retryAt === undefined ? null : at(next.retryAt),
    ],
  );
  return rows.length === 1;
};

/** Settled ones of the past, which nobody looks at any more. */
export const pruneDeliveries = async (
  tx: Tx,
  endpointId: string,
  settledBefore: number,
): Promise<void> => {
  await tx.sql(
    `delete from event_deliveries where seq = any(array(
       select seq from event_deliveries where endpoint_id = $1 and settled_at < $2 limit 5000))`,
    [endpointId, at(settledBefore)],
  );
};

/** Newest first. */
export const listDeliveries = async (
  tx: Tx,
  endpointId: string,
  {
    state,
    before,
    limit,
  }: { state?: DeliveryState | undefined; before?: number | undefined; limit: number },
): Promise<DeliveryRow[]> => {
  const rows = await tx.sql<DeliveryRecord>(
    `select * from event_deliveries
     where endpoint_id = $1 and ($2::text is null or state = $2) and ($3::bigint is null or seq < $3)
     order by seq desc limit $4`,
    [endpointId, state, before, limit],
  );
  return rows.map(toDelivery);
};

/**
 * Delivers again, under the same event id and in the old place of its inbox's order.
 * @param eventId left out: every failed one
 * @returns how many wait again; a dropped one, or one that waits, is left as it is
 */
export const replayDeliveries = async (
  tx: Tx,
  endpointId: string,
  eventId?: string,
): Promise<number> => {
  const rows = await tx.sql<{ replayed: number }>(
    `with again as (
       update event_deliveries set state = 'pending', due_at = now(), settled_at = null,
         expires_at = now() + interval '1 day', attempts = 0
       where endpoint_id = $1
         and case when $2::uuid is null then state = 'failed'
             else event_id = $2 and state in ('failed', 'delivered') end
       returning 1)
     select count(*)::int as replayed from again`,
    [endpointId, eventId],
  );
  return one(rows).replayed;
};

export const getDelivery = async (
  tx: Tx,
  endpointId: string,
  eventId: string,
): Promise<DeliveryRow | null> => {
  const [record] = await tx.sql<DeliveryRecord>(
    'select * from event_deliveries where endpoint_id = $1 and event_id = $2',
    [endpointId, eventId],
  );
  return record ? toDelivery(record) : null;
};

interface DeliveryRecord {
  seq: string;
  endpoint_id: string;
  inbox_id: string;
  event_id: string;
  type: EventType;
  facts: EventFacts;
  state: DeliveryState;
  attempts: number;
  recorded_at: string;
  due_at: string;
  expires_at: string;
  settled_at: string | null;
  last_status: number | null;
  last_failure: string | null;
}

const toDelivery = (record: DeliveryRecord): DeliveryRow => ({
  seq: Number(record.seq),
  endpointId: record.endpoint_id,
  inboxId: record.inbox_id,
  eventId: record.event_id,
  type: record.type,
  facts: record.facts,
  state: record.state,
  attempts: record.attempts,
  recordedAt: msOf(record.recorded_at),
  dueAt: msOf(record.due_at),
  expiresAt: msOf(record.expires_at),
  settledAt: msOrNull(record.settled_at),
  lastStatus: record.last_status,
  lastFailure: record.last_failure,
});
