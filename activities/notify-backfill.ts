import { countSeen } from '../db/backfill-receipt-store.ts';
import { markNotified } from '../db/backfill-store.ts';
import { runsUpTo } from '../db/replay-store.ts';
import { isAwaited } from '../domain/awaited.ts';
import { readDataKey } from '../vault/data-keys.ts';
import { openProfile } from '../vault/inbox-seals.ts';
import type { ActivityDeps, BackfillRef } from './deps.ts';
import { backfillMail } from './mails.ts';

/**
 * Mails what became of everything that the backfill and its replays have seen (P7). A crash between
 * the send and its note mails once more, with the same Message-ID: twice is better than never.
 */
export async function notifyBackfill(deps: ActivityDeps, input: BackfillRef): Promise<void> {
  const told = await deps.database.asConnectedInbox(input, async (tx, row) => {
    const runs = await runsUpTo(tx, input.n);
    const [first] = runs;
    if (!first || !isAwaited(runs) || !row.profileCt) return null;
    const key = await readDataKey(tx, deps.keyRing, row);
    const profile = openProfile(key, row, row.profileCt);
    const ns = runs.map(({ n }) => n);
    const mail = backfillMail(profile, await countSeen(tx, ns), {
      inboxId: input.inboxId,
      n: first.n,
      kind: first.kind,
      scope: row.scope,
      from: first.windowFrom,
      now: deps.now(),
      publicUrl: deps.settings.PUBLIC_URL,
    });
    return { ns, mail };
  });
  if (!told) return;
  await deps.mailer.send(told.mail);
  await deps.database.asConnectedInbox(input, (tx) => markNotified(tx, told.ns));
}
