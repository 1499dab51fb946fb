import { timingSafeEqual } from 'node:crypto';
import express from 'express';
import { pushSecret } from '../../crypto/lookup.ts';
import { inboxesForPush, inboxOfWatch, type WatchingInbox } from '../../db/push-store.ts';
import { webhooks } from '../../metrics/engine.ts';
import { type GraphNotification, readNotifications } from '../../providers/graph/notification.ts';
import type { ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { defineRoute, Media, noBody } from '../route.ts';

/** Graph counts an answer after three seconds as none, and drops slow addresses. */
const ANSWER_WITHIN_MS = 2_500;

/**
 * The answer is the same whatever was authentic, so that nothing can be learned here. It comes when
 * Temporal has taken the signals, or Graph delivers again.
 */
const webhookAt = (path: string, name: string, summary: string) =>
  defineRoute({
    method: 'post',
    path,
    name,
    tag: 'Callbacks',
    summary,
    description:
      'Up to 2 MB. With validationToken it is answered with that token. Graph delivers again what is not answered with 2xx within three seconds.',
    readBody: express.text({ type: () => true, limit: '2mb' }),
    responses: {
      200: new Media('The validation token.', 'text/plain'),
      202: noBody('Taken, also when there is nothing to do.'),
    },
    problems: ['body-too-large', 'unsupported-media-type', 'temporarily-unavailable'],
  }).handle((ctx) => async ({ req, res }) => {
    const { validationToken } = req.query;
    if (typeof validationToken === 'string') {
      res.status(200).type('text/plain').send(validationToken.slice(0, 1_000));
      return;
    }
    try {
      await inTime(takeAll(ctx, readNotifications(req.body)));
    } catch (error) {
      counted('not_passed_on');
      throw new Problem('temporarily-unavailable', 'The notification could not be passed on.', {
        headers: { 'Retry-After': '5' },
        cause: error,
      });
    }
    return { status: 202 };
  });

export const outlookWebhook = webhookAt(
  '/webhooks/outlook',
  'outlookWebhook',
  'Microsoft Graph says that Outlook mailboxes changed',
);
export const outlookLifecycle = webhookAt(
  '/webhooks/outlook/lifecycle',
  'outlookLifecycle',
  'Microsoft Graph says what became of its subscriptions',
);

const counted = (outcome: string): void => webhooks.inc({ provider: 'outlook', outcome });

/** @throws Error when it takes longer than Graph waits; the work goes on */
async function inTime(work: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('too slow')), ANSWER_WITHIN_MS);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function takeAll(ctx: ApiContext, notifications: GraphNotification[]): Promise<void> {
  const known = await Promise.all(
    notifications.map(async (notification) => {
      const inbox = await authenticInbox(ctx, notification);
      return inbox && { inbox, event: notification.event };
    }),
  );
  const found = known.filter((one) => one !== null);
  const inboxes = new Map(found.map(({ inbox }) => [inbox.inboxId, inbox]));
  await Promise.all(
    [...inboxes.values()].map((inbox) => {
      const events = found.flatMap((one) => (one.inbox.inboxId === inbox.inboxId ? one.event : []));
      return take(ctx, inbox, new Set(events));
    }),
  );
}

/** @returns null for a dead subscription, a wrong secret, a foreign tenant or an earlier epoch */
async function authenticInbox(
  ctx: ApiContext,
  { subscriptionId, clientState, tenantId }: GraphNotification,
): Promise<WatchingInbox | null> {
  const inbox = await ctx.database.asNobody((tx) => inboxOfWatch(tx, 'outlook', subscriptionId));
  if (!inbox) {
    counted('no_inbox');
    return null;
  }
  const expected = Buffer.from(pushSecret(ctx.lookupKey, { ...inbox, tenant: tenantId }));
  const said = Buffer.from(clientState);
  if (said.length === expected.length && timingSafeEqual(said, expected)) return inbox;
  counted('bad_secret');
  return null;
}

async function take(
  ctx: ApiContext,
  inbox: WatchingInbox,
  events: ReadonlySet<GraphNotification['event']>,
): Promise<void> {
  if (events.has('removed') || events.has('reauthorize')) {
    // Saved before the workflow is told: its look then finds no watch and begins one.
    counted('watch_ended');
    await ctx.endWatch(inbox);
    await ctx.workflows.wake(inbox.inboxId, 'work');
  }
  // What was missed, before or with the subscription, lies behind the cursor.
  if (events.has('changed') || events.has('missed') || events.has('removed')) {
    const outcomes = await wakeAll(ctx, inbox);
    for (const outcome of outcomes.values()) counted(outcome);
    if (outcomes.get(inbox.inboxId) === 'signalled' && events.has('changed')) {
      void ctx.notePush(inbox);
    }
  }
}

/** Graph lets one inbox of a mailbox have a subscription: it speaks for the other ones, too. */
async function wakeAll(ctx: ApiContext, { addressHash }: WatchingInbox) {
  const inboxes = await ctx.database.asNobody((tx) => inboxesForPush(tx, 'outlook', addressHash));
  const historyId = process.hrtime.bigint();
  const outcomes = await Promise.all(
    inboxes.map(
      async (one) => [one.inboxId, await ctx.pushes.push({ ...one, historyId })] as const,
    ),
  );
  return new Map(outcomes);
}
