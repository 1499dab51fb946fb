import type { RequestHandler } from 'express';
import { listInboxes as listOwn } from '../../db/inbox-store.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { openProfileOf } from '../inbox-access.ts';
import { inboxView } from '../views/inbox-view.ts';

/** `GET /api/v1/inboxes`: the caller's own. */
export function listInboxes(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const inboxes = await ctx.database.asUser(callerOf(req), async (tx) => {
      const views = [];
      for (const inbox of await listOwn(tx)) {
        views.push(inboxView(inbox, await openProfileOf(tx, ctx.keyRing, inbox)));
      }
      return views;
    });
    res.json({ inboxes });
  };
}
