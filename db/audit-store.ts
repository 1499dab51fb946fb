import { v7 as uuidv7 } from 'uuid';
import { type AuditAct, isRead } from '../domain/audit.ts';
import { at, msOf } from './time.ts';
import type { Tx } from './tx.ts';

export interface AuditEntry {
  act: AuditAct;
  inboxId?: string | undefined;
  /** Whose data it is; by default the inbox's owner, and without an inbox the actor. */
  ownerId?: string | undefined;
  /** The id of what was acted on, such as a message or a contact. Never an address, never words. */
  subject?: string | undefined;
  /** Of how many, for acts in bulk. */
  count?: number | undefined;
}

/**
 * Notes an act, in the transaction that does it, so that neither is there without the other. The
 * actor is `app.user_id` of the transaction, or nobody for the worker's. A read is noted with
 * the first of each hour and costs the later ones a look into an index.
 */
export const writeAudit = async (
  tx: Tx,
  { act, inboxId, ownerId, subject, count }: AuditEntry,
): Promise<void> => {
  await tx.sql(
    `insert into audit_log (id, org_id, actor_id, owner_id, act, inbox_id, subject, count, read_hour)
     values ($1, coalesce((select org_id from inboxes where id = $4), app_org()), app_user(),
       coalesce($2::text, (select user_id from inboxes where id = $4), app_user()),
       $3, $4, $5, $6, case when $7 then date_trunc('hour', now()) end)
     on conflict do nothing`,
    [uuidv7(), ownerId, act, inboxId, subject, count, isRead(act)],
  );
};

export interface AuditRow {
  id: string;
  at: number;
  /** Null: the product itself. */
  actorId: string | null;
  ownerId: string;
  act: AuditAct;
  inboxId: string | null;
  subject: string | null;
  count: number | null;
}

/** The last row of the page before. */
export interface AuditPosition {
  at: number;
  id: string;
}

/** Whose entries: what the user did and what was done to theirs, or the whole org's. */
export type AuditView = 'own' | 'org';

/**
 * Newest first. Row-level security shows the org's entries to its operators and administrators only;
 * anybody else gets their own, whatever is asked for.
 */
export const listAudit = async (
  tx: Tx,
  { of, limit, before }: { of: AuditView; limit: number; before?: AuditPosition | undefined },
): Promise<AuditRow[]> => {
  const rows = await tx.sql<AuditRecord>(
    `select * from audit_log where org_id = app_org()
       ${of === 'own' ? 'and (actor_id = app_user() or owner_id = app_user())' : ''}
       ${before ? 'and (at, id) < ($2::timestamptz, $3::uuid)' : ''}
     order by at desc, id desc limit $1`,
    [limit, ...(before ? [at(before.at), before.id] : [])],
  );
  return rows.map(toAuditRow);
};

interface AuditRecord {
  id: string;
  at: string;
  actor_id: string | null;
  owner_id: string;
  act: AuditAct;
  inbox_id: string | null;
  subject: string | null;
  count: number | null;
}

const toAuditRow = (record: AuditRecord): AuditRow => ({
  id: record.id,
  at: msOf(record.at),
  actorId: record.actor_id,
  ownerId: record.owner_id,
  act: record.act,
  inboxId: record.inbox_id,
  subject: record.subject,
  count: record.count,
});
