import { v7 as uuidv7 } from 'uuid';
import { insertCommand } from './command-store.ts';
import { lockInbox } from './inbox-lock.ts';
import { nextState } from './inbox-transition.ts';
import { one, type Tx } from './tx.ts';

/**
 * Deletes the data key, without which nothing synced can be read, not even from this database plus
 * the master key (I7), and orders the removal of the rows. Asked again meanwhile, it names the
 * deletion that runs.
 * @throws InboxNotFoundError
 */
export const startDeletion = async (
  tx: Tx,
  id: string,
): Promise<{ deletionId: string; epoch: number; commandId: number | null }> => {
  const inbox = await lockInbox(tx, id);
  const { next, changed } = nextState(inbox, 'deleteHistory');
  const { status, epoch } = next;
  if (!changed) return { deletionId: await runningDeletion(tx, id), epoch, commandId: null };
  await tx.sql('delete from inbox_keys where inbox_id = $1', [id]);
  await tx.sql('delete from sync_cursors where inbox_id = $1', [id]);
  await tx.sql(
    `update inboxes set status = $2, epoch = $3, tokens_ct = null, profile_ct = null,
       reconnect_reason = null, disconnected_at = coalesce(disconnected_at, now())
     where id = $1`,
    [id, status, epoch],
  );
  const deletionId = uuidv7();
  await tx.sql(
    'insert into deletions (id, inbox_id, epoch, key_destroyed_at) values ($1, $2, $3, now())',
    [deletionId, id, epoch],
  );
  const commandId = await insertCommand(tx, { inboxId: id, kind: 'delete', epoch });
  return { deletionId, epoch, commandId };
};

const runningDeletion = async (tx: Tx, inboxId: string): Promise<string> => {
  const rows = await tx.sql<{ id: string }>(
    'select id from deletions where inbox_id = $1 and finished_at is null',
    [inboxId],
  );
  return one(rows).id;
};
