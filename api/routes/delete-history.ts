import type { RequestHandler } from 'express';
import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { startDeletion } from '../../db/start-deletion.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { ownInbox } from '../inbox-access.ts';
import { idParams, parse } from '../validate.ts';

/** Typed, so that no slip of a client deletes what cannot be brought back. */
const bodySchema = z.strictObject({
  confirm: z.literal('delete', { error: 'type "delete" to confirm: this cannot be undone' }),
});

/**
 * `POST /api/v1/inboxes/:id/delete-history`: destroys the data key at once and removes the rows in
 * the background (P10, B8). Asked again meanwhile, it names the deletion that runs.
 */
export function deleteHistory(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id } = parse(idParams, req.params);
    parse(bodySchema, req.body);
    const { deletionId, epoch, commandId } = await ctx.database.asUser(
      callerOf(req),
      async (tx) => {
        await ownInbox(tx, id);
        const started = await startDeletion(tx, id);
        const { commandId, deletionId } = started;
        if (commandId !== null) {
          await writeAudit(tx, {
            act: 'history.delete_requested',
            inboxId: id,
            subject: deletionId,
          });
        }
        return started;
      },
    );
    if (commandId !== null) {
      ctx.dispatcher.dispatch([{ id: commandId, inboxId: id, kind: 'delete', epoch }]);
    }
    res
      .status(202)
      .location(`/api/v1/inboxes/${id}/deletions/${deletionId}`)
      .json({
        deletionId,
        inboxId: id,
        message:
          'The key to this inbox’s email is destroyed: nothing synced can be read any more. ' +
          'The rows are being removed; the deletion’s address shows the receipt.',
      });
  };
}
