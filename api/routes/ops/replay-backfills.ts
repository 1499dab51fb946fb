import { z } from 'zod';
import { listOpsBackfills, type OpsBackfill } from '../../../db/ops-backfill-store.ts';
import { requestReplay } from '../../../db/replay-store.ts';
import type { Caller } from '../../auth.ts';
import type { ApiContext } from '../../context.ts';
import { defineRoute } from '../../route.ts';
import { backfillFilter } from './list-backfills.ts';

const MAX_AT_ONCE = 500;

const body = z.strictObject({
  filter: z.strictObject(backfillFilter).default({}),
  dryRun: z.boolean().default(false),
});

const replayedSchema = z.object({
  id: z.string(),
  outcome: z.enum(['would_replay', 'requested', 'running', 'whole', 'not_connected', 'gone']),
  by: z.string().nullable().describe('The run that does it.'),
});

export const bulkReplaySchema = z.object({
  dryRun: z.boolean(),
  replays: z.array(replayedSchema),
  more: z.boolean().describe(`At most ${MAX_AT_ONCE} are replayed at once: ask again.`),
});

export const replayBackfills = defineRoute({
  method: 'post',
  path: '/api/v1/ops/backfills/replay',
  name: 'opsReplayBackfills',
  tag: 'Operations',
  summary: 'Replay all failed backfills that fit a filter, or say what that would do',
  body,
  responses: { 200: bulkReplaySchema },
}).handle((ctx) => async ({ body: { filter, dryRun }, caller }) => {
  const found = await ctx.database.asOps(caller, (tx) =>
    listOpsBackfills(tx, { ...filter, toReplay: true, limit: MAX_AT_ONCE + 1 }),
  );
  const replays: Replayed[] = [];
  for (const backfill of found.slice(0, MAX_AT_ONCE)) {
    replays.push(dryRun ? foreseen(backfill) : await replay(ctx, caller, backfill));
  }
  return { status: 200, body: { dryRun, replays, more: found.length > MAX_AT_ONCE } };
});

type Replayed = z.output<typeof replayedSchema>;

function foreseen({ inboxId, n, inboxStatus }: OpsBackfill): Replayed {
  const outcome = inboxStatus === 'connected' ? 'would_replay' : 'not_connected';
  return { id: `${inboxId}.${n}`, outcome, by: null };
}

/** Each in a transaction of its own: one that fails does not undo the others. */
async function replay(
  ctx: ApiContext,
  caller: Caller,
  { inboxId, n }: OpsBackfill,
): Promise<Replayed> {
  const done = await ctx.database.asOps(caller, (tx) => requestReplay(tx, inboxId, n));
  if (done?.outcome === 'requested') ctx.dispatcher.dispatch([done.command]);
  const id = `${inboxId}.${n}`;
  return { id, outcome: done?.outcome ?? 'gone', by: done ? `${inboxId}.${done.n}` : null };
}
