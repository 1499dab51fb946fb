import type { RequestHandler } from 'express';
import { z } from 'zod';
import { describeError } from '../../config/describe-error.ts';
import { writeAudit } from '../../db/audit-store.ts';
import type { User } from '../../db/database.ts';
import { startDeletion } from '../../db/start-deletion.ts';
import { destroyDoomedKeys } from '../../vault/doomed-keys.ts';
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
    const destroyed = await destroyKeys(ctx, callerOf(req), id);
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
          `${destroyed ? 'The key to this inbox’s email is destroyed' : 'The key to this inbox’s email is out of use and will be destroyed as soon as the key store answers'}: ` +
          'nothing synced can be read any more. ' +
          'The rows are being removed; the deletion’s address shows the receipt.',
      });
  };
}

/** @returns false when the key store is away: the deletion's workflow then goes on trying */
async function destroyKeys(ctx: ApiContext, caller: User, inboxId: string): Promise<boolean> {
  try {
    await destroyDoomedKeys(
      (work) => ctx.database.asUser(caller, work),
      ctx.keyRing.inboxKeys,
      inboxId,
    );
    return true;
  } catch (error) {
    ctx.log.warn({ inboxId, failure: describeError(error) }, 'inbox key not destroyed yet');
    return false;
  }
}
