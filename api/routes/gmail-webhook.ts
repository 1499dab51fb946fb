import type { Request, RequestHandler } from 'express';
import { inboxesForPush, type PushedInbox } from '../../db/push-store.ts';
import { type GmailPush, type GmailPushVerifier, PushRefusedError } from '../../providers/gmail/push.ts';
import type { ApiContext } from '../context.ts';
import { describeError } from '../describe-error.ts';
import { mailboxHash } from '../mailbox-hash.ts';
import { Problem } from '../problem.ts';

/**
 * `POST /webhooks/gmail`: Pub/Sub says that a mailbox changed. Whatever is not ours to act on is
 * acknowledged, or it would be delivered again for days. The answer comes when Temporal has taken
 * the signal: if this process dies before, the push is delivered again.
 */
export function gmailWebhook(ctx: ApiContext): RequestHandler {
  return async (req, res) => {
    const verify = ctx.verifyGmailPush;
    if (!verify) throw new Problem('not-found', 'No push sender is configured on this server.');
    const push = await verified(verify, req);
    const inboxes = await inboxesOf(ctx, push);
    try {
      await Promise.all(inboxes.map((inbox) => wake(ctx, inbox, BigInt(push.historyId))));
    } catch (error) {
      throw new Problem('temporarily-unavailable', 'The notification could not be passed on.', {
        headers: { 'Retry-After': '5' },
        cause: error,
      });
    }
    res.status(204).end();
  };
}
