import { FlowEndedError } from './errors.ts';
import type { Tx } from './tx.ts';

/**
 * The fence of consents under way (B7). A flow lives as long as its row. Each step of one holds its
 * user's lock shared and finds the row still there; a stop holds the lock alone, so it waits for the
 * steps that run, and takes the rows away. All of this as the user, and before any inbox is locked,
 * or a callback and a disconnect would wait for each other.
 */
const LOCK = `hashtextextended(app_org() || ' ' || app_user(), 3)`;

/** A new step, of a flow that has no row yet. */
export const holdFlows = (tx: Tx): void =>
  tx.send(`select pg_advisory_xact_lock_shared(${LOCK})`, []);

/** A step of a consent, until the transaction ends. @throws FlowEndedError */
export const holdFlow = async (tx: Tx, stateHash: Buffer): Promise<void> => {
  holdFlows(tx);
  const rows = await tx.sql('select from oauth_states where state_hash = $1', [stateHash]);
  if (rows.length === 0) throw new FlowEndedError();
};

/** The same of a connection that waits for an administrator. @returns false when it was ended */
export const holdPending = async (tx: Tx, id: string): Promise<boolean> => {
  holdFlows(tx);
  const rows = await tx.sql(
    'select from pending_connections where id = $1 and user_id = app_user()',
    [id],
  );
  return rows.length === 1;
};

/**
 * Ends what could connect this inbox: its own flows, and, as the mailbox of a first connect is not
 * known before its end, the user's first connects at the same provider.
 */
export const endFlowsOf = (tx: Tx, inboxId: string): void =>
  end(tx, {
    where: `inbox_id = $1 or inbox_id is null
      and provider = (select provider from inboxes where id = $1)`,
    params: [inboxId],
  });

/** Ends all of the user's. */
export const endAllFlows = (tx: Tx): void => end(tx, { where: 'true', params: [] });

const end = (tx: Tx, { where, params }: { where: string; params: unknown[] }): void => {
  tx.send(`select pg_advisory_xact_lock(${LOCK})`, []);
  for (const table of ['oauth_states', 'pending_connections']) {
    tx.send(`delete from ${table} where user_id = app_user() and (${where})`, params);
  }
};
