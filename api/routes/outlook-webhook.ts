import { timingSafeEqual } from 'node:crypto';
import express from 'express';
import { pushSecret } from '../../crypto/lookup.ts';
import { inboxesForPush, inboxesOfWatches, type WatchingInbox } from '../../db/push-store.ts';
import { webhooks } from '../../metrics/engine.ts';
import { type GraphNotification, readNotifications } from '../../providers/graph/notification.ts';
import { PERSONAL_TENANT } from '../../providers/graph/oauth.ts';
import type { ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { limitFailures } from '../rate-limit.ts';
import { defineRoute, Media, noBody } from '../route.ts';

/** Graph counts an answer after three seconds as none, and drops slow addresses. */
const ANSWER_WITHIN_MS = 2_500;

/** A minute and address: deliveries without one authentic notification, as dead watches cause. */
const USELESS_PER_MINUTE = 300;

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
    description: `Up to 2 MB. With validationToken it is answered with that token. Graph delivers again what is not answered with 2xx within three seconds. Of deliveries without one authentic notification, ${USELESS_PER_MINUTE} a minute and client address are taken.`,
    before: [limitFailures(USELESS_PER_MINUTE, ({ locals }) => !locals.isAuthentic)],
    readBody: express.text({ type: () => true, limit: '2mb' }),
    responses: {
      200: new Media('The validation token.', 'text/plain'),
      202: noBody('Taken, also when there is nothing to do.'),
    },
    problems: [
      'body-too-large',
      'unsupported-media-type',
      'temporarily-unavailable',
      'rate-limited',
    ],
  }).handle((ctx) => async ({ req, res }) => {
    const { validationToken } = req.query;
    if (typeof validationToken === 'string') {
      res.locals.isAuthentic = true; // It costs nothing, and Graph may connect many inboxes at once.
      res.status(200).type('text/plain').send(validationToken.slice(0, 1_000));
      return;
    }
    try {
      await inTime(takeAll(ctx, req.body, res.locals));
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

const counted = (outcome: string, times = 1): void =>
  webhooks.inc({ provider: 'outlook', outcome }, times);

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

async function takeAll(
  ctx: ApiContext,
  body: unknown,
  locals: { isAuthentic?: boolean },
): Promise<void> {
  const { notifications, unreadable } = readNotifications(body);
  counted('unreadable', unreadable);
  const found = await authentic(ctx, notifications);
  locals.isAuthentic = found.length > 0;
  const inboxes = new Map(found.map(({ inbox }) => [inbox.inboxId, inbox]));
  await Promise.all(
    [...inboxes.values()].map((inbox) => {
      const events = found.flatMap((one) => (one.inbox.inboxId === inbox.inboxId ? one.event : []));
      return take(ctx, inbox, new Set(events));
    }),
  );
}

/** @returns without those of a dead subscription, a wrong secret, a foreign tenant or an earlier epoch */
async function authentic(ctx: ApiContext, notifications: GraphNotification[]) {
  if (notifications.length === 0) return [];
  const ids = [...new Set(notifications.map(({ subscriptionId }) => subscriptionId))];
  // All in one question, as anybody may send many.
  const inboxes = await ctx.database.asNobody((tx) => inboxesOfWatches(tx, 'outlook', ids));
  return notifications.flatMap((notification) => {
    const inbox = inboxes.get(notification.subscriptionId);
    if (inbox && isOf(ctx, inbox, notification)) return [{ inbox, event: notification.event }];
    counted(inbox ? 'bad_secret' : 'no_inbox');
    return [];
  });
}

/** The secret of a personal account holds for any tenant: Graph names none, or one not its own. */
function isOf(
  { lookupKey }: ApiContext,
  inbox: WatchingInbox,
  { clientState, tenantId }: GraphNotification,
): boolean {
  const said = Buffer.from(clientState);
  return [tenantId, PERSONAL_TENANT].some((tenant) => {
    const expected = Buffer.from(pushSecret(lookupKey, { ...inbox, tenant }));
    return said.length === expected.length && timingSafeEqual(said, expected);
  });
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
