import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import { startDeletion } from '../../db/start-deletion.ts';
import { destroyKeys } from '../destroy-keys.ts';
import { ownInbox } from '../inbox-access.ts';
import { defineRoute } from '../route.ts';
import { idParams } from '../validate.ts';

/** Typed, so that no slip of a client deletes what cannot be brought back. */
const body = z.strictObject({
  confirm: z.literal('delete', { error: 'type "delete" to confirm: this cannot be undone' }),
});

export const deleteHistory = defineRoute({
  method: 'post',
  path: '/api/v1/inboxes/{id}/delete-history',
  name: 'deleteHistory',
  tag: 'Inboxes',
  summary: 'Delete all that was synced from an inbox; it cannot be undone',
  description:
    'The data key is out of use at once and destroyed as soon as the key store answers; the rows are removed in the background (P10, B8). Asked again meanwhile, it names the deletion that runs.',
  params: idParams,
  body,
  responses: {
    202: z.object({ deletionId: z.uuid(), inboxId: z.uuid(), message: z.string() }),
  },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, caller }) => {
  const { deletionId, epoch, commandId } = await ctx.database.asUser(caller, async (tx) => {
    await ownInbox(tx, id);
    const started = await startDeletion(tx, id);
    if (started.commandId !== null) {
      const { deletionId: subject } = started;
      await writeAudit(tx, { act: 'history.delete_requested', inboxId: id, subject });
    }
    return started;
  });
  const destroyed = await destroyKeys(ctx, caller, id);
  if (commandId !== null) {
    ctx.dispatcher.dispatch([{ id: commandId, inboxId: id, kind: 'delete', epoch }]);
  }
  return {
    status: 202,
    headers: { Location: `/api/v1/inboxes/${id}/deletions/${deletionId}` },
    body: {
      deletionId,
      inboxId: id,
      message:
        `${destroyed ? 'The key to this inbox’s email is destroyed' : 'The key to this inbox’s email is out of use and will be destroyed as soon as the key store answers'}: ` +
        'nothing synced can be read any more. ' +
        'The rows are being removed; the deletion’s address shows the receipt.',
    },
  };
});
