import { v7 as uuidv7 } from 'uuid';
import type { Provider } from '../domain/inbox.ts';
import type { Scope } from '../domain/scope.ts';
import { at, msOf, msOrNull } from './time.ts';
import { one, type Tx } from './tx.ts';

/** A connection that waits for an administrator's consent. */
export interface PendingConnection {
  id: string;
  orgId: string;
  userId: string;
  provider: Provider;
  /** Reconnect: the mailbox that must come back. */
  inboxId: string | null;
  scope: Scope;
  /** Hash of the cookie of the browser it began in. */
  browserHash: Buffer;
  /** Of what comes back with the administrator. */
  adminStateHash: Buffer;
  /** Sealed by a master key. */
  secretCt: Buffer;
  returnTo: string;
  createdAt: number;
  expiresAt: number;
  consentedAt: number | null;
}

interface PendingRecord {
  id: string;
  org_id: string;
  user_id: string;
  provider: Provider;
  inbox_id: string | null;
  scope: Scope;
  browser_hash: Buffer;
  admin_state_hash: Buffer;
  secret_ct: Buffer;
  return_to: string;
  created_at: string;
  expires_at: string;
  consented_at: string | null;
}

const toPending = (record: PendingRecord): PendingConnection => ({
  id: record.id,
  orgId: record.org_id,
  userId: record.user_id,
  provider: record.provider,
  inboxId: record.inbox_id,
  scope: record.scope,
  browserHash: record.browser_hash,
  adminStateHash: record.admin_state_hash,
  secretCt: record.secret_ct,
  returnTo: record.return_to,
  createdAt: msOf(record.created_at),
  expiresAt: msOf(record.expires_at),
  consentedAt: msOrNull(record.consented_at),
});

type NewPending = Omit<PendingConnection, 'id' | 'createdAt' | 'consentedAt'> & {
  masterKeyId: string;
};

/** As the user: remembers it, in place of what waited before. @returns its id, a new one */
export const putPendingConnection = async (tx: Tx, pending: NewPending): Promise<string> => {
  await tx.sql('delete from pending_connections where expires_at < now()');
  const rows = await tx.sql<{ id: string }>(
    `insert into pending_connections (id, org_id, user_id, provider, inbox_id, scope, browser_hash,
       admin_state_hash, secret_ct, return_to, expires_at, master_key_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (org_id, user_id, provider, inbox_id) do update set id = excluded.id,
       scope = excluded.scope, browser_hash = excluded.browser_hash,
       admin_state_hash = excluded.admin_state_hash, secret_ct = excluded.secret_ct,
       return_to = excluded.return_to, expires_at = excluded.expires_at, consented_at = null,
       created_at = now(), master_key_id = excluded.master_key_id
     returning id`,
    [
      uuidv7(),
      pending.orgId,
      pending.userId,
      pending.provider,
      pending.inboxId,
      JSON.stringify(pending.scope),
      pending.browserHash,
      pending.adminStateHash,
      pending.secretCt,
      pending.returnTo,
      at(pending.expiresAt),
      pending.masterKeyId,
    ],
  );
  return one(rows).id;
};

/** As the user: it was connected, or is not wanted any more. */
export const endPendingConnection = async (
  tx: Tx,
  { provider, inboxId }: Pick<PendingConnection, 'provider' | 'inboxId'>,
): Promise<void> => {
  await tx.sql(
    'delete from pending_connections where provider = $1 and inbox_id is not distinct from $2',
    [provider, inboxId],
  );
};

/** As the user: newest first. */
export const listPendingConnections = async (tx: Tx): Promise<PendingConnection[]> => {
  const records = await tx.sql<PendingRecord>(
    'select * from pending_connections where expires_at > now() order by created_at desc',
  );
  return records.map(toPending);
};

/** As nobody: for the browser it began in; null for any other. */
export const pendingConnectionOf = async (
  tx: Tx,
  id: string,
  browserHash: Buffer,
): Promise<PendingConnection | null> => {
  const [record] = await tx.sql<PendingRecord>('select * from pending_connection_of($1, $2)', [
    id,
    browserHash,
  ]);
  return record ? toPending(record) : null;
};

/** As nobody: an administrator came back. @returns false when nothing waits for it */
export const noteAdminConsent = async (tx: Tx, adminStateHash: Buffer): Promise<boolean> => {
  const rows = await tx.sql<{ noted: boolean }>('select note_admin_consent($1) as noted', [
    adminStateHash,
  ]);
  return one(rows).noted;
};

/** What a rotation of the master key seals anew. */
export interface SealedPendingRow {
  id: string;
  orgId: string;
  adminStateHash: Buffer;
  secretCt: Buffer;
}

/** As the org, of the worker: those that another master key seals, or one that is not named. */
export const readSealedPending = (tx: Tx, masterKeyId: string): Promise<SealedPendingRow[]> =>
  tx.sql<SealedPendingRow>(
    `select id, org_id as "orgId", admin_state_hash as "adminStateHash", secret_ct as "secretCt"
     from pending_connections where master_key_id is distinct from $1 and expires_at > now()`,
    [masterKeyId],
  );

/** The same secret under another master key, unless the connection was begun anew meanwhile. */
export const resealPending = async (
  tx: Tx,
  before: Pick<SealedPendingRow, 'id' | 'secretCt'>,
  { secretCt, masterKeyId }: { secretCt: Buffer; masterKeyId: string },
): Promise<void> => {
  await tx.sql(
    `update pending_connections set secret_ct = $3, master_key_id = $4
     where id = $1 and secret_ct = $2`,
    [before.id, before.secretCt, secretCt, masterKeyId],
  );
};
