import { requestReplay } from '../../db/replay-store.ts';
import { ownInbox } from '../inbox-access.ts';
import { defineRoute } from '../route.ts';
import { replayAnswer, replaySchema } from '../views/replay-view.ts';
import { backfillParams } from './get-backfill.ts';

export const replayOwnBackfill = defineRoute({
  method: 'post',
  path: '/api/v1/inboxes/{id}/backfills/{n}/replay',
  name: 'replayBackfill',
  tag: 'Inboxes',
  summary: 'Try again what a backfill could not add',
  description:
    'Harmless when asked again: it names the run that does it, or says that nothing is left.',
  params: backfillParams,
  responses: { 200: replaySchema, 202: replaySchema },
  problems: ['not-found', 'inbox-not-connected'],
}).handle((ctx) => async ({ params: { id, n }, caller }) => {
  const replay = await ctx.database.asUser(caller, async (tx) => {
    await ownInbox(tx, id);
    return requestReplay(tx, id, n);
  });
  if (replay?.outcome === 'requested') ctx.dispatcher.dispatch([replay.command]);
  return replayAnswer(id, replay);
});
