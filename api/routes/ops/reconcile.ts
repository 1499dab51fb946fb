import { z } from 'zod';
import { writeAudit } from '../../../db/audit-store.ts';
import { Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';

export const reconcile = defineRoute({
  method: 'post',
  path: '/api/v1/ops/reconcile',
  name: 'opsReconcile',
  tag: 'Operations',
  summary: 'Compare Postgres with the workflows that run, and mend what differs',
  description: 'It also happens every few minutes by itself.',
  responses: { 202: z.object({ message: z.string() }) },
}).handle((ctx) => async ({ caller }) => {
  await ctx.database.asOps(caller, (tx) =>
    writeAudit(tx, { act: 'ops.acted', ownerId: caller.userId, subject: 'reconcile' }),
  );
  await ctx.workflows.reconcile().catch((cause) => {
    throw new Problem('temporarily-unavailable', 'Temporal was not told to reconcile.', { cause });
  });
  return {
    status: 202,
    body: { message: 'It runs now; the log and the workflow "reconcile" say what was mended.' },
  };
});
