import { v7 as uuidv7 } from 'uuid';
import type { WorkflowCommand } from './command-store.ts';
import { endAllFlows } from './flow-store.ts';
import { listInboxes } from './inbox-store.ts';
import { startDeletion } from './start-deletion.ts';
import { msOf, msOrNull } from './time.ts';
import type { Tx } from './tx.ts';

/** One request, one receipt: the deletions of all of a user's inboxes together. */
export interface UserDeletion {
  id: string;
  requestedAt: number;
  /** Null until the last of them has finished. */
  finishedAt: number | null;
  inboxes: number;
  messagesDeleted: number;
  verdictsDeleted: number;
}

export interface StartedUserDeletion {
  id: string;
  inboxIds: string[];
  commands: WorkflowCommand[];
  endpointIds: string[];
}

/**
 * Begins the deletion of everything that was synced for the user, in one transaction: all of it or
 * nothing. What is being deleted already is counted in. Connections under way and the endpoints that
 * the user registered go, too.
 */
export const startUserDeletion = async (tx: Tx): Promise<StartedUserDeletion> => {
  const id = uuidv7();
  const deletionIds: string[] = [];
  const commands: WorkflowCommand[] = [];
  // First: a connect that is being stored is then among the inboxes, and none is stored later.
  endAllFlows(tx);
  // In one order everywhere, as each inbox is held until the end.
  const inboxIds = (await listInboxes(tx)).map((inbox) => inbox.id).sort();
  for (const inboxId of inboxIds) {
    const { deletionId, epoch, commandId } = await startDeletion(tx, inboxId);
    deletionIds.push(deletionId);
    if (commandId !== null) commands.push({ id: commandId, inboxId, kind: 'delete', epoch });
  }
  const endpoints = await tx.sql<{ id: string }>(
    'delete from event_endpoints where user_id = app_user() returning id',
  );
  await tx.sql(
    `insert into user_deletions (id, org_id, user_id, deletion_ids)
     values ($1, app_org(), app_user(), $2)`,
    [id, deletionIds],
  );
  return { id, inboxIds, commands, endpointIds: endpoints.map((endpoint) => endpoint.id) };
};

/** The user's own, oldest first. */
export const listUserDeletions = async (tx: Tx): Promise<UserDeletion[]> =>
  (
    await tx.sql<UserDeletionRecord>(
      `${DELETIONS} where u.user_id = app_user() group by u.id order by u.requested_at, u.id`,
    )
  ).map(toUserDeletion);

/** @returns null when there is none, or it is another user's */
export const getUserDeletion = async (tx: Tx, id: string): Promise<UserDeletion | null> => {
  const [row] = await tx.sql<UserDeletionRecord>(`${DELETIONS} where u.id = $1 group by u.id`, [
    id,
  ]);
  return row ? toUserDeletion(row) : null;
};

const DELETIONS = `
  select u.id, u.requested_at, cardinality(u.deletion_ids) as inboxes,
    case when count(d.id) filter (where d.finished_at is null) = 0
      then coalesce(max(d.finished_at), u.requested_at) end as finished_at,
    coalesce(sum(d.messages_deleted), 0) as messages,
    coalesce(sum(d.verdicts_deleted), 0) as verdicts
  from user_deletions u left join deletions d on d.id = any(u.deletion_ids)`;

interface UserDeletionRecord {
  id: string;
  requested_at: string;
  finished_at: string | null;
  inboxes: number;
  messages: string;
  verdicts: string;
}

const toUserDeletion = (row: UserDeletionRecord): UserDeletion => ({
  id: row.id,
  requestedAt: msOf(row.requested_at),
  finishedAt: msOrNull(row.finished_at),
  inboxes: row.inboxes,
  messagesDeleted: Number(row.messages),
  verdictsDeleted: Number(row.verdicts),
});
