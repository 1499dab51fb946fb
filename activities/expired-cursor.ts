import { saveCursor } from '../db/sync-store.ts';
import type { ChosenScope } from '../domain/scope.ts';
import {
  CursorExpiredError,
  ProviderUnavailableError,
  RequestRefusedError,
} from '../providers/errors.ts';
import type { MailProvider, SyncCursor } from '../providers/mail-provider.ts';
import { sealCursor } from '../vault/inbox-seals.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import { type Judging, keyInUse } from './judging.ts';
import { lookForScope } from './look-for-scope.ts';
import { openRelistedGap } from './relist-gap.ts';

/**
 * What happened since the last sync is listed again, by a backfill over that window (B9).
 * @throws ProviderUnavailableError not the cursor is at fault: nothing was written
 * @throws RequestRefusedError the label or folder of the scope is gone
 */
export async function openExpiredGap(
  deps: ActivityDeps,
  inbox: InboxRef,
  mailbox: MailProvider,
  judging: Judging,
  at: { syncedAt: number; startedAt: number },
): Promise<void> {
  const scope = await lookForScope(deps, inbox, mailbox);
  if (scope === null) {
    throw new RequestRefusedError('The label or folder of this scope is gone; choose another.');
  }
  // The new cursor first, the window up to a moment after it: no message falls between them.
  const cursor = await freshCursor(mailbox, scope);
  await deps.database.asConnectedInbox(inbox, async (tx, row) => {
    const gap = { cause: 'cursor_expired', from: at.syncedAt, to: deps.now() } as const;
    await openRelistedGap(tx, gap, deps.now());
    const key = await keyInUse(deps, tx, judging);
    await saveCursor(tx, {
      cursorCt: sealCursor(key, row, cursor),
      syncedAt: at.startedAt,
    });
  });
}

/**
 * A cursor of this moment, tried once. Where that one is refused too, each sync would open a gap and
 * find its new cursor expired (I8).
 * @throws ProviderUnavailableError
 */
async function freshCursor(mailbox: MailProvider, scope: ChosenScope): Promise<SyncCursor> {
  try {
    const { cursor } = await mailbox.profile();
    await mailbox.listChanges(cursor, scope, null);
    return cursor;
  } catch (error) {
    if (!(error instanceof CursorExpiredError)) throw error;
    throw new ProviderUnavailableError('A cursor of this moment is refused, too.');
  }
}
