import { requestReplay } from '../../../db/replay-store.ts';
import { defineRoute } from '../../route.ts';
import { backfillIdParams } from '../../validate.ts';
import { replayAnswer, replaySchema } from '../../views/replay-view.ts';

export const replayBackfill = defineRoute({
  method: 'post',
  path: '/api/v1/ops/backfills/{id}/replay',
  name: 'opsReplayBackfill',
  tag: 'Operations',
  summary: 'Go again through what failed or is missing of a backfill',
  description:
    'Harmless when asked again: it names the run that does it, or says that nothing is left.',
  params: backfillIdParams,
  responses: { 200: replaySchema, 202: replaySchema },
  problems: ['not-found', 'inbox-not-connected'],
}).handle((ctx) => async ({ params, caller }) => {
  const { inboxId, n } = params.id;
  const replay = await ctx.database.asOps(caller, (tx) => requestReplay(tx, inboxId, n));
  if (replay?.outcome === 'requested') ctx.dispatcher.dispatch([replay.command]);
  return replayAnswer(inboxId, replay);
});
