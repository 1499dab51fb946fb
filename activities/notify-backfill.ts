import { getBackfill, markNotified } from '../db/backfill-store.ts';
import { readDataKey } from '../vault/data-keys.ts';
import { openProfile } from '../vault/inbox-seals.ts';
import type { ActivityDeps, BackfillRef } from './deps.ts';
import { backfillMail } from './mails.ts';

/**
 * Mails the receipt (P7). A crash between the send and its note mails once more, with the same
 * Message-ID: twice is better than never.
 */
export async function notifyBackfill(deps: ActivityDeps, input: BackfillRef): Promise<void> {
  const mail = await deps.database.asConnectedInbox(input, async (tx, row) => {
    const { receipt, notifiedAt } = await getBackfill(tx, input.n);
    if (!receipt || notifiedAt !== null || !row.profileCt) return null;
    const key = await readDataKey(tx, deps.keyRing, row);
    const profile = openProfile(key, row, row.profileCt);
    const { PUBLIC_URL: publicUrl, BACKFILL_DAYS: days } = deps.settings;
    return backfillMail(profile, receipt, { publicUrl, days }, input);
  });
  if (!mail) return;
  await deps.mailer.send(mail);
  await deps.database.asConnectedInbox(input, (tx) => markNotified(tx, input.n));
}
