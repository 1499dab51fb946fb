import { z } from 'zod';
import { writeAudit } from '../../../db/audit-store.ts';
import { insertCommand } from '../../../db/command-store.ts';
import { getOpsInbox } from '../../../db/ops-inbox-store.ts';
import { notFound, Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { idParams } from '../../validate.ts';

export const wakeInbox = defineRoute({
  method: 'post',
  path: '/api/v1/ops/inboxes/{id}/wake',
  name: 'opsWakeInbox',
  tag: 'Operations',
  summary: 'Have an inbox look for work now, and start its workflow if none runs',
  params: idParams,
  responses: { 202: z.object({ id: z.uuid(), message: z.string() }) },
  problems: ['not-found', 'inbox-not-connected'],
}).handle((ctx) => async ({ params: { id }, caller }) => {
  const command = await ctx.database.asOps(caller, async (tx) => {
    const inbox = await getOpsInbox(tx, id);
    if (!inbox) throw notFound('inbox');
    if (inbox.status !== 'connected' && inbox.status !== 'needs_reconnect') {
      throw new Problem('inbox-not-connected', 'There is nothing to wake.');
    }
    await writeAudit(tx, { act: 'ops.acted', inboxId: id, subject: 'wake' });
    const wake = { inboxId: id, kind: 'wake', epoch: inbox.epoch } as const;
    return { id: await insertCommand(tx, wake), ...wake };
  });
  ctx.dispatcher.dispatch([command]);
  return {
    status: 202,
    body: { id, message: 'Its workflow is told to look; if none runs, one starts.' },
  };
});
