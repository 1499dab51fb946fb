import type { Request, RequestHandler, Response } from 'express';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { ownInbox, requireConnected } from '../inbox-access.ts';
import { untilClosed } from '../until-closed.ts';
import { idParams, parse } from '../validate.ts';

/** `GET /api/v1/inboxes/:id/scopes`: what the provider offers to choose from, now. */
export function listScopes(ctx: ApiContext): RequestHandler {
  return async (req: Request, res: Response) => {
    const { id } = parse(idParams, req.params);
    const inbox = await ctx.database.asUser(callerOf(req), (tx) => ownInbox(tx, id));
    requireConnected(inbox);
    const attempt = { inboxId: inbox.id, epoch: inbox.epoch };
    const mailbox = await ctx.mailboxes.open(attempt, 'user', untilClosed(res));
    const choices = await mailbox.listScopeChoices();
    res.json({ current: inbox.scope, contacts: { kind: 'contacts' }, choices });
  };
}
