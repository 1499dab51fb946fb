import { planBackfill as savePlan } from '../db/backfill-slice-store.ts';
import { getBackfill } from '../db/backfill-store.ts';
import { loadContactBook } from '../db/contact-book-store.ts';
import { plannedOf, planReplay } from '../db/replay-store.ts';
import { planSlices } from '../domain/search-plan.ts';
import { scanSlices } from '../domain/slice-split.ts';
import type { MailProvider } from '../providers/mail-provider.ts';
import type { ActivityDeps, BackfillRef } from './deps.ts';

/**
 * Writes the slices of a backfill, once: a second attempt finds them there. Slices name contact
 * addresses by row, so that no address stands outside the CRM's own contact table.
 */
export async function planBackfill(
  deps: ActivityDeps,
  input: BackfillRef,
  mailbox: MailProvider,
): Promise<void> {
  await deps.database.asConnectedInbox(input, async (tx) => {
    const backfill = await getBackfill(tx, input.n);
    if (backfill.plannedAt !== null) return;
    const replayed = backfill.replays === null ? null : await plannedOf(tx, backfill.replays);
    if (replayed !== null) {
      await planReplay(tx, input.n, replayed);
      return;
    }
    const window = { from: backfill.windowFrom, to: backfill.windowTo };
    const { addresses } = await loadContactBook(tx);
    const asked = addresses.filter(({ seq }) => seq > backfill.seqAfter && seq <= backfill.seqUpto);
    const slices =
      asked.length > 0 && mailbox.listsWhole(tx.inbox.scope)
        ? scanSlices(window)
        : planSlices({
            addresses: asked,
            window,
            limits: mailbox.queryLimits,
            headersFirst: deps.settings.BACKFILL_HEADERS_FIRST,
          });
    await savePlan(tx, input.n, slices);
  });
}
