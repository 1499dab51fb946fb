import type { RequestHandler } from 'express';
import { z } from 'zod';
import { callerOf } from '../auth.ts';
import { beginAuthorization } from '../connect/begin.ts';
import type { ApiContext } from '../context.ts';
import { openProfileOf, ownInbox } from '../inbox-access.ts';
import { Problem } from '../problem.ts';
import { idParams, parse, plainText } from '../validate.ts';

const bodySchema = z.strictObject({ returnTo: plainText(2_000).optional() }).default({});

/** `POST /api/v1/inboxes/:id/reconnect`: the same consent again, for this mailbox and no other. */
export function reconnectInbox(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const { id } = parse(idParams, req.params);
    const { returnTo } = parse(bodySchema, req.body);
    const { inbox, address } = await ctx.database.asUser(callerOf(req), async (tx) => {
      const found = await ownInbox(tx, id);
      const profile = await openProfileOf(tx, ctx.keyRing, found);
      return { inbox: found, address: profile?.address ?? null };
    });
    if (inbox.status === 'deleting') {
      throw new Problem('inbox-deleting', 'This inbox cannot be connected at the moment.');
    }
    const begun = await beginAuthorization(ctx, req, res, {
      provider: inbox.provider,
      scope: inbox.scope,
      inboxId: inbox.id,
      loginHint: address,
      returnTo,
    });
    res.status(201).json(begun);
  };
}
