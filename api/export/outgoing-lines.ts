import type { InboxRow } from '../../db/inbox-row.ts';
import { listOutgoing } from '../../db/outgoing-store.ts';
import { openOutgoing } from '../../vault/outgoing-seals.ts';
import type { Caller } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { iso, isoOrNull } from '../views/time.ts';
import type { Line } from './account-lines.ts';
import { findKey, opened } from './opened.ts';

/** Messages sent from an inbox: their fate, and the words of those that still wait. */
export function outgoingLines(ctx: ApiContext, caller: Caller, inbox: InboxRow): Promise<Line[]> {
  const { id: inboxId, orgId } = inbox;
  return ctx.database.asUser(caller, async (tx) => {
    // The key first: a deletion that comes between takes the words away, and nothing is left to open.
    const key = await findKey(tx, ctx, inbox);
    const rows = await listOutgoing(tx, inboxId);
    return rows.map((row): Line => {
      const { id, state, failure, rfcMessageId, providerMessageId, contentCt } = row;
      return {
        type: 'outgoing',
        ...{ id, inboxId, state, failure, rfcMessageId, providerMessageId },
        threadId: row.providerThreadId,
        createdAt: iso(row.createdAt),
        settledAt: isoOrNull(row.settledAt),
        ...(key &&
          contentCt &&
          opened(ctx, key, { inboxId, messageId: id }, (by) =>
            openOutgoing(by, { orgId, inboxId, id }, contentCt),
          )),
      };
    });
  });
}
