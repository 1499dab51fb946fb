import type { RequestHandler } from 'express';
import { writeAudit } from '../../db/audit-store.ts';
import { disconnectInbox as disconnect } from '../../db/inbox-store.ts';
import type { Provider } from '../../domain/inbox.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { ownInbox } from '../inbox-access.ts';
import { idParams, parse } from '../validate.ts';

const REVOKE_AT: Record<Provider, string> = {
  gmail: 'https://myaccount.google.com/connections',
  outlook: 'https://myapps.microsoft.com/',
};

/**
 * `POST /api/v1/inboxes/:id/disconnect`: once this has answered, no provider call starts and no
 * row is written for the inbox (P9, B7). Again, it answers the same.
 */
export function disconnectInbox(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id } = parse(idParams, req.params);
    const { inbox, command } = await ctx.database.asUser(callerOf(req), async (tx) => {
      await ownInbox(tx, id);
      const { epoch, commandId } = await disconnect(tx, id);
      if (commandId !== null) await writeAudit(tx, { act: 'inbox.disconnected', inboxId: id });
      const after = await ownInbox(tx, id);
      return {
        inbox: after,
        command: commandId && ({ id: commandId, inboxId: id, kind: 'close', epoch } as const),
      };
    });
    if (command) ctx.dispatcher.dispatch([command]);
    res.json({
      id: inbox.id,
      status: inbox.status,
      epoch: inbox.epoch,
      message:
        'Sync has stopped. Email already synced stays on the timelines, and no new email comes in. ' +
        'We have dropped our access; you can also remove it at the provider.',
      revokeAt: REVOKE_AT[inbox.provider],
    });
  };
}
