import { getBackfill } from '../db/backfill-store.ts';
import { notedIds } from '../db/replay-store.ts';
import { commit } from './commit.ts';
import { fetchAndDecide } from './fetching.ts';
import type { ImportRun } from './import-bundle.ts';

/**
 * Fetches the ids that the plan has put on record, batch by batch. Those decided on since the plan
 * stand, so that another attempt goes on where the last one stopped.
 */
export async function fetchNoted(run: ImportRun): Promise<void> {
  const { deps, input, mailbox, judging, plannedAt, signal } = run;
  const { database } = deps;
  const { kind } = await database.asConnectedInbox(input, (tx) => getBackfill(tx, input.n));
  if (kind !== 'replay') return;
  const limit = mailbox.fetchBatchSize;
  let after = '';
  for (;;) {
    const ids = await database.asConnectedInbox(input, (tx) =>
      notedIds(tx, input.n, { plannedAt, after, limit }),
    );
    if (ids.length === 0) return;
    // Whose they are nobody knows: headers first, or a stranger's body might be read (B1).
    const decided = await fetchAndDecide(mailbox, judging, ids, { headsFirst: true, signal });
    await commit(deps, input, judging, decided);
    after = ids.at(-1) ?? after;
  }
}
