import { deleteBatch, finishDeletion as finish, NOTHING_DELETED } from '../db/deletion-store.ts';
import { destroyDoomedKeys } from '../vault/doomed-keys.ts';
import type { ActivityDeps } from './deps.ts';
import { withHeartbeat } from './heartbeat.ts';

export interface DeletionRef {
  inboxId: string;
  epoch: number;
  deletionId: string;
}

/** Rows per transaction: short enough to leave room for others, long enough to be quick. */
const BATCH = 5_000;
/** A turn is bounded, so that its activity ends within its time-out whatever the size. */
const BATCHES_PER_TURN = 400;

/** Deletes batch by batch; each is its own transaction, so a kill loses at most one batch's work. */
export async function deleteHistoryTurn(
  deps: ActivityDeps,
  input: DeletionRef,
): Promise<{ done: boolean }> {
  return await withHeartbeat(async (signal) => {
    let upto = NOTHING_DELETED;
    for (let batch = 0; batch < BATCHES_PER_TURN; batch += 1) {
      signal.throwIfAborted();
      const { deleted, upto: now } = await deps.database.asInbox(input.inboxId, (tx) =>
        deleteBatch(tx, input, BATCH, upto),
      );
      if (deleted === 0) return { done: true };
      upto = now;
    }
    return { done: false };
  });
}

/**
 * Before any row: the secret without which no backup opens either (B8). The API has done it by now,
 * unless it died or the key store was away.
 */
export async function destroyKeys(
  deps: ActivityDeps,
  { inboxId }: { inboxId: string },
): Promise<void> {
  await destroyDoomedKeys(
    (work) => deps.database.asInbox(inboxId, work),
    deps.keyRing.inboxKeys,
    inboxId,
  );
}

/** The receipt, and the inbox back to `disconnected`: it can be connected again, with a new key. */
export async function finishDeletion(
  deps: ActivityDeps,
  input: DeletionRef,
): Promise<{ messagesDeleted: number; verdictsDeleted: number }> {
  const { messagesDeleted, verdictsDeleted } = await deps.database.asInbox(input.inboxId, (tx) =>
    finish(tx, input),
  );
  return { messagesDeleted, verdictsDeleted };
}
