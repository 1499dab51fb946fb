import { addSlices, advanceSlice, closeSearches } from '../db/backfill-slice-store.ts';
import type { InboxTx } from '../db/database.ts';
import { scanSlices, splitSlice } from '../domain/slice-split.ts';
import { sealPageToken } from '../vault/inbox-seals.ts';
import type { ActivityDeps } from './deps.ts';
import { type Judging, keyInUse } from './judging.ts';
import type { ListedPage } from './listing.ts';

/** Whether this mailbox turned out to have no search, so that everything is listed instead. */
export const needsScan = (pages: readonly ListedPage[]): boolean =>
  pages.some(({ missing }) => missing === 'scan');

/** Where the slices stand once these pages are committed; in the transaction that commits them (I9). */
export async function advancePages(
  deps: ActivityDeps,
  tx: InboxTx,
  n: number,
  judging: Judging,
  pages: readonly ListedPage[],
): Promise<void> {
  if (needsScan(pages)) {
    const window = await closeSearches(tx, n);
    if (window) await addSlices(tx, n, scanSlices(window));
    return;
  }
  const { inbox } = judging;
  const key = await keyInUse(deps, tx, judging);
  const parts = await Promise.all(
    pages.map(async ({ slice, nextPageToken, missing }) => {
      const ref = { n, ordinal: slice.ordinal };
      const sealed = nextPageToken === null ? null : sealPageToken(key, inbox, ref, nextPageToken);
      const advanced = await advanceSlice(tx, n, slice.ordinal, sealed);
      // Of two attempts at one page, the first has split it.
      return advanced && missing === 'narrow' ? splitSlice(slice) : [];
    }),
  );
  if (parts.some((some) => some.length > 0)) await addSlices(tx, n, parts.flat());
}
