import { z } from 'zod';
import { listDeletions } from '../../db/deletion-store.ts';
import { ownInbox } from '../inbox-access.ts';
import { notFound } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { uuid } from '../validate.ts';
import { deletionSchema, deletionView } from '../views/deletion-view.ts';

export const getDeletion = defineRoute({
  method: 'get',
  path: '/api/v1/inboxes/{id}/deletions/{deletionId}',
  name: 'getDeletion',
  tag: 'Inboxes',
  summary: 'The receipt of a deletion',
  params: z.object({ id: uuid, deletionId: uuid }),
  responses: { 200: deletionSchema },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id, deletionId }, caller }) => {
  const deletion = await ctx.database.asUser(caller, async (tx) => {
    await ownInbox(tx, id);
    return (await listDeletions(tx, id)).find((one) => one.id === deletionId);
  });
  if (!deletion) throw notFound('deletion');
  return { status: 200, body: deletionView(id, deletion) };
});
