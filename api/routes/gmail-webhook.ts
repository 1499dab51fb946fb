import express, { type Request } from 'express';
import { inboxesForPush } from '../../db/push-store.ts';
import { webhooks } from '../../metrics/engine.ts';
import {
  type GmailPush,
  type GmailPushVerifier,
  PushRefusedError,
} from '../../providers/gmail/push.ts';
import type { ApiContext } from '../context.ts';
import { mailboxHash } from '../mailbox-hash.ts';
import { Problem } from '../problem.ts';
import { defineRoute, noBody } from '../route.ts';

/**
 * A mailbox that we do not know is acknowledged, or its pushes would be delivered again for days;
 * what is malformed is refused, even from the right sender. The answer comes when Temporal has
 * taken the signal: if this process dies before, the push is delivered again.
 */
export const gmailWebhook = defineRoute({
  method: 'post',
  path: '/webhooks/gmail',
  name: 'gmailWebhook',
  tag: 'Callbacks',
  summary: 'Pub/Sub says that a Gmail mailbox changed',
  description:
    'Up to 64 KB, with Google’s signed token. Pub/Sub delivers again what is not answered with 204. Not found where push is not configured.',
  readBody: express.text({ type: () => true, limit: '64kb' }),
  responses: { 204: noBody('Taken, also when there is nothing to do.') },
  problems: [
    'invalid-request',
    'push-unauthenticated',
    'not-found',
    'body-too-large',
    'unsupported-media-type',
    'temporarily-unavailable',
  ],
}).handle((ctx) => async ({ req }) => {
  const verify = ctx.verifyGmailPush;
  if (!verify) throw new Problem('not-found', 'No push sender is configured on this server.');
  const push = await verified(verify, req);
  await signal(ctx, push);
  return { status: 204 };
});

async function verified(verify: GmailPushVerifier, req: Request): Promise<GmailPush> {
  try {
    return await verify({ authorizationHeader: req.headers.authorization, body: req.body });
  } catch (error) {
    if (!(error instanceof PushRefusedError)) throw error;
    webhooks.inc({ provider: 'gmail', outcome: error.reason });
    if (error.reason === 'bad_envelope') {
      throw new Problem('invalid-request', 'The body is not a Gmail notification by Pub/Sub.');
    }
    throw new Problem('push-unauthenticated', 'The notification was not taken.', {
      headers: { 'WWW-Authenticate': 'Bearer realm="sambandh push"' },
    });
  }
}

/** A mailbox nobody has connected, or not any more, is no error: its pushes just go on for a while. */
async function signal(ctx: ApiContext, push: GmailPush): Promise<void> {
  const hash = mailboxHash(ctx.lookupKey, 'gmail', push.emailAddress);
  const inboxes = await ctx.database.asNobody((tx) => inboxesForPush(tx, 'gmail', hash));
  const historyId = BigInt(push.historyId);
  if (inboxes.length === 0) webhooks.inc({ provider: 'gmail', outcome: 'no_inbox' });
  try {
    await Promise.all(
      inboxes.map(async (inbox) => {
        const outcome = await ctx.pushes.push({ ...inbox, historyId });
        webhooks.inc({ provider: 'gmail', outcome });
        if (outcome === 'signalled') void ctx.notePush(inbox);
      }),
    );
  } catch (error) {
    webhooks.inc({ provider: 'gmail', outcome: 'not_passed_on' });
    throw new Problem('temporarily-unavailable', 'The notification could not be passed on.', {
      headers: { 'Retry-After': '5' },
      cause: error,
    });
  }
}
