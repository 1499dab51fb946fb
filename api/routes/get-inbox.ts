import { z } from 'zod';
import {
  type BackfillRow,
  listOpenBackfills,
  listReceiptedBackfills,
} from '../../db/backfill-store.ts';
import type { Tx } from '../../db/database.ts';
import { listDeletions } from '../../db/deletion-store.ts';
import { listGaps } from '../../db/gap-store.ts';
import type { InboxRow } from '../../db/inbox-row.ts';
import { readSyncHealth, type SyncHealth } from '../../db/sync-store.ts';
import { countStored } from '../../db/timeline-store.ts';
import { readTouches } from '../../db/touch-store.ts';
import { AWAITED } from '../../domain/awaited.ts';
import { emptyPlaceWords } from '../../domain/empty-place.ts';
import { isChosen } from '../../domain/scope.ts';
import type { ApiContext } from '../context.ts';
import { openProfileOf, ownInbox } from '../inbox-access.ts';
import { defineRoute } from '../route.ts';
import { idParams } from '../validate.ts';
import {
  backfillSchema,
  backfillView,
  runningBackfillSchema,
  runningBackfillView,
} from '../views/backfill-view.ts';
import { deletionSchema, deletionView } from '../views/deletion-view.ts';
import { gapSchema, gapView } from '../views/gap-view.ts';
import { inboxSchema, inboxView } from '../views/inbox-view.ts';
import { isoOrNull, timeSchema } from '../views/time.ts';
import { touchesSchema } from '../views/touches-view.ts';

const LAST_RECEIPTS = 5;
/** As many backfills as are shown running at once; more wait their turn. */
const RUNNING_SHOWN = 5;

const syncSchema = z.object({
  caughtUpTo: timeSchema.nullable(),
  push: z.object({
    active: z.boolean(),
    expiresAt: timeSchema.nullable(),
    lastAt: timeSchema.nullable(),
  }),
});

export const inboxDetailSchema = inboxSchema
  .extend({
    sync: syncSchema,
    backfills: z.object({
      running: z
        .array(runningBackfillSchema)
        .describe(
          `Up to ${RUNNING_SHOWN} that are requested or running, those due first. A second look that is not due yet is among them; its dueAt says when.`,
        ),
      last: z.array(backfillSchema).describe(`The latest ${LAST_RECEIPTS} with a receipt.`),
    }),
    emptyPlace: z
      .string()
      .nullable()
      .describe(
        'Where the label or folder of the scope held no email with contacts when it was gone through: what that leaves out, and what to do.',
      ),
    gaps: z.array(gapSchema),
    deletions: z.array(deletionSchema).describe('Newest first.'),
    touched: touchesSchema.extend({ stored: z.int().nonnegative() }),
  })
  .meta({ id: 'InboxDetail' });

export const getInbox = defineRoute({
  method: 'get',
  path: '/api/v1/inboxes/{id}',
  name: 'getInbox',
  tag: 'Inboxes',
  summary: 'All that a settings page shows of one inbox',
  params: idParams,
  etag: true,
  responses: { 200: inboxDetailSchema },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, caller }) => {
  const view = await ctx.database.asUser(caller, async (tx) => {
    const inbox = await ownInbox(tx, id);
    const rests = inbox.status !== 'connected' || !isChosen(inbox.scope) || inbox.problem !== null;
    const profile = await openProfileOf(tx, ctx.keyRing, inbox);
    return {
      ...inboxView(inbox, profile),
      sync: syncView(inbox, await readSyncHealth(tx, id), ctx.now()),
      ...(await backfillsView(ctx, tx, inbox)),
      deletions: (await listDeletions(tx, id)).map((one) => deletionView(id, one)),
      gaps: (await listGaps(tx, id)).map((gap) => gapView(gap, rests, ctx.now())),
      touched: { ...(await readTouches(tx, id)), stored: await countStored(tx, id) },
    };
  });
  return { status: 200, body: view };
});

async function backfillsView(ctx: ApiContext, tx: Tx, inbox: InboxRow) {
  const open = await listOpenBackfills(tx, inbox.id, RUNNING_SHOWN);
  const running = [];
  for (const backfill of open) {
    running.push(await runningBackfillView(ctx, tx, inbox, backfill));
  }
  const finished = await listReceiptedBackfills(tx, inbox.id, LAST_RECEIPTS);
  const awaited = ({ kind }: BackfillRow): boolean => AWAITED.includes(kind);
  const empty = !open.some(awaited) && finished.find(awaited)?.receipt?.stored === 0;
  return {
    emptyPlace: empty && inbox.problem === null ? emptyPlaceWords(inbox.scope) : null,
    backfills: { running, last: finished.map((row) => backfillView(row, ctx.now())) },
  };
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
