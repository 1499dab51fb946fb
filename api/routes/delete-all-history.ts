import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import {
  getUserDeletion,
  listUserDeletions,
  startUserDeletion,
  type UserDeletion,
} from '../../db/user-deletion-store.ts';
import { destroyKeys } from '../destroy-keys.ts';
import { notFound } from '../problem.ts';
import { defineRoute } from '../route.ts';
import { idParams } from '../validate.ts';
import { iso, isoOrNull, timeSchema } from '../views/time.ts';

const body = z.strictObject({
  confirm: z.literal('delete everything', {
    error: 'type "delete everything" to confirm: this cannot be undone',
  }),
});

export const deleteAllHistory = defineRoute({
  method: 'post',
  path: '/api/v1/me/delete-history',
  name: 'deleteAllHistory',
  tag: 'Privacy',
  summary: 'Delete all that was synced from every inbox of the caller; it cannot be undone',
  description:
    'One request, one receipt. As for one inbox: the keys are destroyed at once, the rows are removed in the background, every inbox is disconnected. Connections under way and the event endpoints that the caller registered go at once. The audit log and the receipts stay; they hold no content.',
  body,
  responses: {
    202: z.object({ deletionId: z.uuid(), inboxes: z.int(), keysDestroyed: z.boolean() }),
  },
}).handle((ctx) => async ({ caller }) => {
  const { id, inboxIds, commands } = await ctx.database.asUser(caller, async (tx) => {
    const started = await startUserDeletion(tx);
    for (const { inboxId } of started.commands) {
      await writeAudit(tx, { act: 'history.delete_requested', inboxId, subject: started.id });
    }
    for (const subject of started.endpointIds) {
      await writeAudit(tx, { act: 'webhook.deleted', subject });
    }
    return started;
  });
  const destroyed = await Promise.all(inboxIds.map((inboxId) => destroyKeys(ctx, caller, inboxId)));
  ctx.dispatcher.dispatch(commands);
  return {
    status: 202,
    headers: { Location: `/api/v1/me/deletions/${id}` },
    body: { deletionId: id, inboxes: inboxIds.length, keysDestroyed: destroyed.every(Boolean) },
  };
});

export const userDeletionSchema = z.object({
  id: z.uuid(),
  state: z.enum(['running', 'finished']),
  requestedAt: timeSchema,
  finishedAt: timeSchema.nullable(),
  inboxes: z.int(),
  messagesDeleted: z.int(),
  verdictsDeleted: z.int(),
});

function deletionView({ requestedAt, finishedAt, ...counts }: UserDeletion) {
  return {
    ...counts,
    state: finishedAt === null ? ('running' as const) : ('finished' as const),
    requestedAt: iso(requestedAt),
    finishedAt: isoOrNull(finishedAt),
  };
}

export const listAllDeletions = defineRoute({
  method: 'get',
  path: '/api/v1/me/deletions',
  name: 'listAllDeletions',
  tag: 'Privacy',
  summary: 'The receipts of the caller’s deletions of everything, oldest first',
  responses: { 200: z.object({ deletions: z.array(userDeletionSchema) }) },
}).handle((ctx) => async ({ caller }) => {
  const deletions = await ctx.database.asUser(caller, listUserDeletions);
  return { status: 200, body: { deletions: deletions.map(deletionView) } };
});

export const getAllDeletion = defineRoute({
  method: 'get',
  path: '/api/v1/me/deletions/{id}',
  name: 'getAllDeletion',
  tag: 'Privacy',
  summary: 'The receipt of a deletion of everything: counts and times only',
  params: idParams,
  responses: {
    200: userDeletionSchema,
  },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, caller }) => {
  const found = await ctx.database.asUser(caller, (tx) => getUserDeletion(tx, id));
  if (!found) throw notFound('deletion');
  return { status: 200, body: deletionView(found) };
});
