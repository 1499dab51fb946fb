import type { RequestHandler } from 'express';
import { listOpenBackfills, listReceiptedBackfills } from '../../db/backfill-store.ts';
import type { Tx } from '../../db/database.ts';
import { listGaps } from '../../db/gap-store.ts';
import type { InboxRow } from '../../db/inbox-row.ts';
import { readSyncHealth, type SyncHealth } from '../../db/sync-store.ts';
import { countStored } from '../../db/timeline-store.ts';
import { readTouches } from '../../db/touch-store.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { openProfileOf, ownInbox } from '../inbox-access.ts';
import { idParams, parse } from '../validate.ts';
import { backfillView, runningBackfillView } from '../views/backfill-view.ts';
import { gapView } from '../views/gap-view.ts';
import { inboxView } from '../views/inbox-view.ts';
import { isoOrNull } from '../views/time.ts';

const LAST_RECEIPTS = 5;
/** As many backfills as are shown running at once; more wait their turn. */
const RUNNING_SHOWN = 5;

/** `GET /api/v1/inboxes/:id`: all that the settings page shows of one inbox. */
export function getInbox(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id } = parse(idParams, req.params);
    const view = await ctx.database.asUser(callerOf(req), async (tx) => {
      const inbox = await ownInbox(tx, id);
      const profile = await openProfileOf(tx, ctx.keyRing, inbox);
      return {
        ...inboxView(inbox, profile),
        sync: syncView(inbox, await readSyncHealth(tx, id), ctx.now()),
        ...(await backfillsView(ctx, tx, id)),
        gaps: (await listGaps(tx, id)).map((gap) => gapView(gap, ctx.now())),
        touched: { ...(await readTouches(tx, id)), stored: await countStored(tx, id) },
      };
    });
    res.json(view);
  };
}

async function backfillsView(ctx: ApiContext, tx: Tx, id: string) {
  const running = [];
  for (const backfill of await listOpenBackfills(tx, id, RUNNING_SHOWN)) {
    running.push(await runningBackfillView(ctx, tx, id, backfill));
  }
  const finished = await listReceiptedBackfills(tx, id, LAST_RECEIPTS);
  return { backfills: { running, last: finished.map(backfillView) } };
}

function syncView(
  inbox: InboxRow,
  { syncedAt, watchExpiresAt, pushedAt }: SyncHealth,
  now: number,
) {
  const active = inbox.status === 'connected' && watchExpiresAt !== null && watchExpiresAt > now;
  return {
    caughtUpTo: isoOrNull(syncedAt),
    push: { active, expiresAt: isoOrNull(watchExpiresAt), lastAt: isoOrNull(pushedAt) },
  };
}
