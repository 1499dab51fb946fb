import { requestBackfill } from '../db/backfill-store.ts';
import { contactSeq } from '../db/contact-book-store.ts';
import type { InboxTx } from '../db/database.ts';
import { extendWaitingGap, type NewGap, openGap } from '../db/gap-store.ts';
import { clearProblem, markProblem } from '../db/worker-inbox-store.ts';
import { relistWindow, type TimeSpan } from '../domain/gap.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';

/** Opens a gap together with the backfill that lists it again and closes it (B9). */
export async function openRelistedGap(tx: InboxTx, gap: NewGap, now: number): Promise<void> {
  await relist(tx, await openGap(tx, gap), gap, now);
}

async function relist(tx: InboxTx, gapId: string, gap: TimeSpan, now: number): Promise<void> {
  const window = relistWindow(gap, tx.inbox.windowStart, now);
  await requestBackfill(tx, {
    kind: 'gap',
    windowFrom: window.from,
    windowTo: window.to,
    seqAfter: 0,
    seqUpto: await contactSeq(tx),
    gapId,
  });
}

/**
 * The label or folder of the scope is gone: shown on the page, with a gap that waits for the user to
 * choose another scope, whose backfill closes it.
 */
export async function noteScopeGone(
  deps: ActivityDeps,
  inbox: InboxRef,
  syncedAt: number,
): Promise<void> {
  await deps.database.asConnectedInboxExclusive(inbox, async (tx) => {
    if (!(await markProblem(tx, 'scope_gone'))) return;
    const gap = { cause: 'scope_gone', from: syncedAt, to: deps.now() } as const;
    if (!(await extendWaitingGap(tx, inbox.inboxId, gap))) await openGap(tx, gap);
  });
}

/** It can be listed after all: what was missed meanwhile is listed again. */
export async function noteScopeBack(deps: ActivityDeps, inbox: InboxRef): Promise<void> {
  await deps.database.asConnectedInboxExclusive(inbox, async (tx) => {
    await clearProblem(tx);
    const now = deps.now();
    const waiting = { cause: 'scope_gone', to: now } as const;
    const gap = await extendWaitingGap(tx, inbox.inboxId, waiting);
    if (gap) await relist(tx, gap.id, { from: gap.from, to: now }, now);
  });
}
