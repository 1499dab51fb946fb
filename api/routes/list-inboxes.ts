import { z } from 'zod';
import { listInboxes as listOwn } from '../../db/inbox-store.ts';
import { openProfileOf } from '../inbox-access.ts';
import { defineRoute } from '../route.ts';
import { inboxSchema, inboxView } from '../views/inbox-view.ts';

export const listInboxes = defineRoute({
  method: 'get',
  path: '/api/v1/inboxes',
  name: 'listInboxes',
  tag: 'Inboxes',
  summary: 'The caller’s own inboxes, oldest first',
  etag: true,
  responses: { 200: z.object({ inboxes: z.array(inboxSchema) }) },
}).handle((ctx) => async ({ caller }) => {
  const inboxes = await ctx.database.asUser(caller, async (tx) => {
    const views = [];
    for (const inbox of await listOwn(tx)) {
      views.push(inboxView(inbox, await openProfileOf(tx, ctx.keyRing, inbox)));
    }
    return views;
  });
  return { status: 200, body: { inboxes } };
});
