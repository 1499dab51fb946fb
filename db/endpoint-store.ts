import { v7 as uuidv7 } from 'uuid';
import type { DisabledWhy, EventType } from '../domain/event.ts';
import { msOf, msOrNull } from './time.ts';
import type { Tx } from './tx.ts';

/** Where an org is told of events. Row-level security shows them to its administrators only. */
export interface EndpointRow {
  id: string;
  orgId: string;
  /** Who registered it. */
  userId: string;
  types: EventType[];
  /** Whether it asked for content. */
  content: boolean;
  state: 'active' | 'disabled';
  disabledWhy: DisabledWhy | null;
  targetCt: Buffer;
  masterKeyId: string;
  failingSince: number | null;
  notifiedAt: number | null;
  createdAt: number;
}

export type EndpointWish = Pick<EndpointRow, 'types' | 'content' | 'targetCt' | 'masterKeyId'>;

export const newEndpointId = (): string => uuidv7();

export const insertEndpoint = async (tx: Tx, id: string, wish: EndpointWish): Promise<void> => {
  await tx.sql(
    `insert into event_endpoints (id, org_id, user_id, types, content, state, target_ct,
       master_key_id)
     values ($1, app_org(), app_user(), $2, $3, 'active', $4, $5)`,
    [id, wish.types, wish.content, wish.targetCt, wish.masterKeyId],
  );
};

/** Oldest first. */
export const listEndpoints = async (tx: Tx): Promise<EndpointRow[]> =>
  (await tx.sql<EndpointRecord>('select * from event_endpoints order by created_at, id')).map(
    toEndpoint,
  );

export const countEndpoints = async (tx: Tx): Promise<number> => (await listEndpoints(tx)).length;

/**
 * @param lock before anything of its deliveries is; events are recorded beside it
 * @returns null when there is none in this org, or it is not for this user to see
 */
export const getEndpoint = async (
  tx: Tx,
  id: string,
  { lock = false } = {},
): Promise<EndpointRow | null> => {
  const [record] = await tx.sql<EndpointRecord>(
    `select * from event_endpoints where id = $1 ${lock ? 'for no key update' : ''}`,
    [id],
  );
  return record ? toEndpoint(record) : null;
};

export const updateEndpoint = async (tx: Tx, id: string, wish: EndpointWish): Promise<void> => {
  await tx.sql(
    `update event_endpoints set types = $2, content = $3, target_ct = $4, master_key_id = $5
     where id = $1`,
    [id, wish.types, wish.content, wish.targetCt, wish.masterKeyId],
  );
};

/** The same target under another master key, unless it has been changed meanwhile. */
export const resealEndpoint = async (
  tx: Tx,
  before: Pick<EndpointRow, 'id' | 'targetCt'>,
  { targetCt, masterKeyId }: Pick<EndpointRow, 'targetCt' | 'masterKeyId'>,
): Promise<void> => {
  await tx.sql(
    'update event_endpoints set target_ct = $3, master_key_id = $4 where id = $1 and target_ct = $2',
    [before.id, before.targetCt, targetCt, masterKeyId],
  );
};

/** Its deliveries go with it. */
export const deleteEndpoint = async (tx: Tx, id: string): Promise<void> => {
  await tx.sql('delete from event_endpoints where id = $1', [id]);
};

export const enableEndpoint = async (tx: Tx, id: string): Promise<void> => {
  await tx.sql(
    `update event_endpoints
     set state = 'active', disabled_why = null, failing_since = null, notified_at = null
     where id = $1`,
    [id],
  );
};

/** What waits for it has failed: it can be replayed once the endpoint is enabled again. */
export const disableEndpoint = async (tx: Tx, id: string, why: DisabledWhy): Promise<void> => {
  await tx.sql(
    `update event_endpoints set state = 'disabled', disabled_why = $2
     where id = $1 and state = 'active'`,
    [id, why],
  );
  await tx.sql(
    `update event_deliveries set state = 'failed', settled_at = now(), last_failure = 'DISABLED'
     where endpoint_id = $1 and state = 'pending'`,
    [id],
  );
};

/** Its owner has been mailed that it was disabled. */
export const markDisableNotified = async (tx: Tx, id: string): Promise<void> => {
  await tx.sql('update event_endpoints set notified_at = now() where id = $1', [id]);
};

/** The delivery of something has failed: since when nothing has succeeded. @returns epoch ms */
export const noteFailure = async (tx: Tx, id: string): Promise<number> => {
  const [row] = await tx.sql<{ failing_since: string }>(
    `update event_endpoints set failing_since = coalesce(failing_since, now()) where id = $1
     returning failing_since`,
    [id],
  );
  return row ? msOf(row.failing_since) : Date.now();
};

export const noteSuccess = async (tx: Tx, id: string): Promise<void> => {
  await tx.sql(
    'update event_endpoints set failing_since = null where id = $1 and failing_since is not null',
    [id],
  );
};

/** As nobody: endpoints with something to deliver now. */
export const dueEndpoints = async (tx: Tx): Promise<string[]> =>
  (await tx.sql<{ id: string }>('select id from due_endpoints() as id order by 1')).map(
    ({ id }) => id,
  );

/** As nobody. @returns null when the endpoint is gone */
export const orgOfEndpoint = async (tx: Tx, id: string): Promise<string | null> => {
  const [row] = await tx.sql<{ org: string | null }>('select org_of_endpoint($1) as org', [id]);
  return row?.org ?? null;
};

interface EndpointRecord {
  id: string;
  org_id: string;
  user_id: string;
  types: EventType[];
  content: boolean;
  state: 'active' | 'disabled';
  disabled_why: DisabledWhy | null;
  target_ct: Buffer;
  master_key_id: string;
  failing_since: string | null;
  notified_at: string | null;
  created_at: string;
}

const toEndpoint = (record: EndpointRecord): EndpointRow => ({
  id: record.id,
  orgId: record.org_id,
  userId: record.user_id,
  types: record.types,
  content: record.content,
  state: record.state,
  disabledWhy: record.disabled_why,
  targetCt: record.target_ct,
  masterKeyId: record.master_key_id,
  failingSince: msOrNull(record.failing_since),
  notifiedAt: msOrNull(record.notified_at),
  createdAt: msOf(record.created_at),
});
