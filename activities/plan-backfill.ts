import { planBackfill as savePlan } from '../db/backfill-slice-store.ts';
import { getBackfill } from '../db/backfill-store.ts';
import { loadContactBook } from '../db/contact-book-store.ts';
import { GMAIL_QUERY_LIMITS, planSlices } from '../domain/search-plan.ts';
import type { ActivityDeps, BackfillRef } from './deps.ts';

/**
 * Writes the slices of a backfill, once: a second attempt finds them there. Slices name contact
 * addresses by row, so that no address stands outside the CRM's own contact table.
 */
export async function planBackfill(deps: ActivityDeps, input: BackfillRef): Promise<void> {
  const { settings } = deps;
  await deps.database.asConnectedInbox(input, async (tx) => {
    const backfill = await getBackfill(tx, input.n);
    if (backfill.plannedAt !== null) return;
    const { addresses } = await loadContactBook(tx);
    const slices = planSlices({
      addresses: addresses.filter(({ seq }) => seq > backfill.seqAfter && seq <= backfill.seqUpto),
      window: { from: backfill.windowFrom, to: backfill.windowTo },
      limits: {
        ...GMAIL_QUERY_LIMITS,
        termsPerQuery: settings.GMAIL_CONTACTS_PER_QUERY,
        charsPerQuery: settings.GMAIL_MAX_QUERY_CHARS,
      },
      headersFirst: settings.BACKFILL_HEADERS_FIRST,
    });
    await savePlan(tx, input.n, slices);
  });
}
