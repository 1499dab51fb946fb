import { writeAudit } from '../db/audit-store.ts';
import { getMessage, type MessageRow } from '../db/timeline-store.ts';
import type { Caller } from './auth.ts';
import type { ApiContext } from './context.ts';
import { notFound } from './problem.ts';
import { MessageOpener } from './views/message-view.ts';

/**
 * A message for its owner or a teammate it is shared with; the look is noted.
 * @throws Problem `not-found`
 */
export function readMessage(
  ctx: ApiContext,
  caller: Caller,
  id: string,
): Promise<{ row: MessageRow; opener: MessageOpener }> {
  return ctx.database.asUser(caller, async (tx) => {
    const row = await getMessage(tx, id);
    if (!row) throw notFound('message');
    const { inboxId, sharedBy } = row;
    const ownerId = sharedBy ?? undefined;
    await writeAudit(tx, { act: 'message.read', inboxId, subject: id, ownerId });
    return { row, opener: await MessageOpener.for(tx, ctx, [row]) };
  });
}
