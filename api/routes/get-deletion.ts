import type { RequestHandler } from 'express';
import { z } from 'zod';
import { listDeletions } from '../../db/deletion-store.ts';
import { callerOf } from '../auth.ts';
import type { ApiContext } from '../context.ts';
import { ownInbox } from '../inbox-access.ts';
import { notFound } from '../problem.ts';
import { parse, uuid } from '../validate.ts';
import { iso, isoOrNull } from '../views/time.ts';

const params = z.object({ id: uuid, deletionId: uuid });

/** `GET /api/v1/inboxes/:id/deletions/:deletionId`: the receipt, counts and times only. */
export function getDeletion(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id, deletionId } = parse(params, req.params);
    const deletion = await ctx.database.asUser(callerOf(req), async (tx) => {
      await ownInbox(tx, id);
      return (await listDeletions(tx, id)).find((one) => one.id === deletionId);
    });
    if (!deletion) throw notFound('deletion');
    res.json({
      id: deletion.id,
      inboxId: id,
      state: deletion.finishedAt === null ? 'running' : 'finished',
      requestedAt: iso(deletion.requestedAt),
      keyDestroyedAt: isoOrNull(deletion.keyDestroyedAt),
      finishedAt: isoOrNull(deletion.finishedAt),
      messagesDeleted: deletion.messagesDeleted,
      verdictsDeleted: deletion.verdictsDeleted,
    });
  };
}
