import { v7 as uuidv7 } from 'uuid';
import { insertCommand } from './command-store.ts';
import { endFlowsOf } from './flow-store.ts';
import { lockInbox } from './inbox-lock.ts';
import { nextState } from './inbox-transition.ts';
import { doomKeys } from './keys-store.ts';
import { stopOutgoing } from './outgoing-store.ts';
import { one, type Tx } from './tx.ts';

/**
 * Takes the data key out of use, so that nothing synced is read any more, and orders the removal of
 * the rows. Destroy the doomed secret as soon as this has committed (I7): if that is not done at
 * once, the deletion's workflow does it first. Asked again meanwhile, it names the deletion that runs.
 * @throws InboxNotFoundError
 */
export const startDeletion = async (
  tx: Tx,
  id: string,
): Promise<{ deletionId: string; epoch: number; commandId: number | null }> => {
  endFlowsOf(tx, id);
  const inbox = await lockInbox(tx, id);
  const { next, changed } = nextState(inbox, 'deleteHistory');
  const { status, epoch } = next;
  if (!changed) return { deletionId: await runningDeletion(tx, id), epoch, commandId: null };
  await doomKeys(tx, id);
  await tx.sql('delete from sync_cursors where inbox_id = $1', [id]);
  await tx.sql('delete from thread_shares where inbox_id = $1', [id]);
  await tx.sql(
    `update inboxes set status = $2, epoch = $3, tokens_ct = null, profile_ct = null,
       reconnect_reason = null, sending = false, disconnected_at = coalesce(disconnected_at, now())
     where id = $1`,
    [id, status, epoch],
  );
  await stopOutgoing(tx, id, 'inbox_not_connected');
  const deletionId = uuidv7();
  await tx.sql('insert into deletions (id, inbox_id, epoch) values ($1, $2, $3)', [
    deletionId,
    id,
    epoch,
  ]);
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
