import { at, msOf } from './time.ts';
import type { Tx } from './tx.ts';

/** A browser's session of the page. */
export interface Session {
  /** Hash of the cookie: a stolen table opens no session. */
  sessionHash: Buffer;
  orgId: string;
  userId: string;
  roles: readonly string[];
  expiresAt: number;
}

/** As the user. Clears away that user's expired ones. */
export const putSession = async (tx: Tx, session: Session): Promise<void> => {
  await tx.sql('delete from sessions where expires_at < now()');
  await tx.sql(
    `insert into sessions (session_hash, org_id, user_id, roles, expires_at)
     values ($1, $2, $3, $4, $5)`,
    [session.sessionHash, session.orgId, session.userId, session.roles, at(session.expiresAt)],
  );
};

/** As nobody: the cookie says for whom. @returns null when unknown, closed or expired */
export const readSession = async (tx: Tx, sessionHash: Buffer): Promise<Session | null> => {
  const [row] = await tx.sql<{
    org_id: string;
    user_id: string;
    roles: string[];
    expires_at: string;
  }>('select * from session_of($1)', [sessionHash]);
  if (!row) return null;
  return {
    sessionHash,
    orgId: row.org_id,
    userId: row.user_id,
    roles: row.roles,
    expiresAt: msOf(row.expires_at),
  };
};

/** As the user: those that are open, oldest first. */
export const listSessions = async (
  tx: Tx,
): Promise<{ roles: string[]; openedAt: number; expiresAt: number }[]> => {
  const rows = await tx.sql<{ roles: string[]; opened_at: string; expires_at: string }>(
    `select roles, opened_at, expires_at from sessions
     where expires_at > now() order by opened_at, session_hash`,
  );
  return rows.map(({ roles, opened_at, expires_at }) => ({
    roles,
    openedAt: msOf(opened_at),
    expiresAt: msOf(expires_at),
  }));
};

/** As the user. */
export const closeSession = async (tx: Tx, sessionHash: Buffer): Promise<void> => {
  await tx.sql('delete from sessions where session_hash = $1', [sessionHash]);
};
