import { createDataKey, type DataKey, resealBy, unwrapDataKey } from '../crypto/data-key.ts';
import { SealBrokenError } from '../crypto/seal.ts';
import type { InboxTx } from '../db/database.ts';
import {
  doomOlderKeys,
  messagesToReseal,
  readSealedInbox,
  readSealedOutgoing,
  readSealedSlices,
  type SealedMessageRow,
  saveResealed,
  saveSealedInbox,
  saveSealedOutgoing,
  saveSealedSlice,
} from '../db/key-rotation-store.ts';
import { insertKey, readKeys } from '../db/keys-store.ts';
import { DataKeyDestroyedError } from '../vault/data-keys.ts';
import { inboxAad, pageTokenAad } from '../vault/inbox-seals.ts';
import { messageAad } from '../vault/message-seals.ts';
import { outgoingAad } from '../vault/outgoing-seals.ts';
import type { ActivityDeps } from './deps.ts';
import { withHeartbeat } from './heartbeat.ts';

export interface KeyRotationInput {
  inboxId: string;
}

/** Of one transaction: the inbox is held alone meanwhile, so live mail waits for this long. */
const BATCH = 200;
const BATCHES_PER_TURN = 500;

/**
 * A new data key that seals from now on; the one before still opens. A rotation that runs is taken up.
 * @throws DataKeyDestroyedError the history was deleted
 */
export async function beginKeyRotation(
  deps: ActivityDeps,
  { inboxId }: KeyRotationInput,
): Promise<void> {
  await deps.database.asInbox(inboxId, async (tx, { orgId }) => {
    const owner = { orgId, inboxId };
    const wrapped = await holdKeys(tx, inboxId);
    if (wrapped.length > 1) return;
    const key = await unwrapDataKey(deps.keyRing, owner, wrapped);
    const { key: _, ...fresh } = await createDataKey(deps.keyRing, owner, key);
    await insertKey(tx, inboxId, fresh);
  });
}

/**
 * Seals rows by the new key, batch by batch; how far it is commits with each batch. With the last one
 * the older key goes out of use; destroy it then.
 */
export async function resealTurn(
  deps: ActivityDeps,
  { inboxId }: KeyRotationInput,
): Promise<{ done: boolean }> {
  return await withHeartbeat(async (signal) => {
    for (let batch = 0; batch < BATCHES_PER_TURN; batch += 1) {
      signal.throwIfAborted();
      const done = await deps.database.asInbox(inboxId, (tx, { orgId }) =>
        resealBatch(deps, tx, { orgId, inboxId }),
      );
      if (done) return { done: true };
    }
    return { done: false };
  });
}

interface Owner {
  orgId: string;
  inboxId: string;
}

async function resealBatch(deps: ActivityDeps, tx: InboxTx, owner: Owner): Promise<boolean> {
  const wrapped = await holdKeys(tx, owner.inboxId);
  if (wrapped.length === 1) return true;
  const key = await unwrapDataKey(deps.keyRing, owner, wrapped);
  const rows = await messagesToReseal(tx, BATCH);
  const last = rows.at(-1);
  if (last) {
    const sealed = rows.flatMap((row) => resealMessage(deps, key, owner, row) ?? []);
    await saveResealed(tx, last.providerMessageId, sealed);
    return false;
  }
  await resealRest(tx, key, owner);
  await doomOlderKeys(tx);
  return true;
}

/** What is sealed besides messages: a handful of rows. */
async function resealRest(tx: InboxTx, key: DataKey, owner: Owner): Promise<void> {
  const { orgId, inboxId } = owner;
  const inbox = { orgId, id: inboxId };
  const again = (column: Parameters<typeof inboxAad>[1], sealed: Buffer | null): Buffer | null =>
    sealed && resealBy(key, inboxAad(inbox, column), sealed);
  const { profileCt, tokensCt, cursorCt } = await readSealedInbox(tx);
  await saveSealedInbox(tx, {
    profileCt: again('inboxes.profile_ct', profileCt),
    tokensCt: again('inboxes.tokens_ct', tokensCt),
    cursorCt: again('sync_cursors.cursor_ct', cursorCt),
  });
  for (const slice of await readSealedSlices(tx)) {
    const pageTokenCt = resealBy(key, pageTokenAad(inbox, slice), slice.pageTokenCt);
    await saveSealedSlice(tx, { ...slice, pageTokenCt });
  }
  for (const { id, contentCt } of await readSealedOutgoing(tx)) {
    const sealed = resealBy(key, outgoingAad({ ...owner, id }), contentCt);
    await saveSealedOutgoing(tx, { id, contentCt: sealed });
  }
}

/** The inbox alone: a page or a deletion is before or after, never between. */
async function holdKeys(tx: InboxTx, inboxId: string) {
  await tx.sql('select lock_inbox(app_inbox())');
  const wrapped = await readKeys(tx, inboxId);
  if (wrapped.length === 0) throw new DataKeyDestroyedError(inboxId);
  return wrapped;
}

/** A row whose seal is broken stays as it is: no key opened it before either. */
function resealMessage(
  deps: ActivityDeps,
  key: DataKey,
  owner: Owner,
  { id, envelopeCt, bodyCt }: SealedMessageRow,
) {
  const ref = { ...owner, messageId: id };
  try {
    return {
      id,
      envelopeCt: resealBy(key, messageAad(ref, 'messages.envelope_ct'), envelopeCt),
      bodyCt: resealBy(key, messageAad(ref, 'messages.body_ct'), bodyCt),
    };
  } catch (error) {
    if (!(error instanceof SealBrokenError)) throw error;
    deps.log.error({ messageId: id, err: error }, 'a stored message does not open');
    return null;
  }
}
