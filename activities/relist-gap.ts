import { requestBackfill } from '../db/backfill-store.ts';
import { contactSeq } from '../db/contact-book-store.ts';
import type { InboxTx } from '../db/database.ts';
import { type NewGap, openGap } from '../db/gap-store.ts';
import { relistWindow } from '../domain/gap.ts';

/** Opens a gap together with the backfill that lists it again and closes it (B9). */
export async function openRelistedGap(tx: InboxTx, gap: NewGap, now: number): Promise<void> {
  await relist(tx, await openGap(tx, gap), gap, now);
}

/** Asks for the backfill that closes this gap. */
export async function relist(tx: InboxTx, gapId: string, gap: NewGap, now: number): Promise<void> {
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
