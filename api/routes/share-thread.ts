import { z } from 'zod';
import { writeAudit } from '../../db/audit-store.ts';
import type { Tx } from '../../db/database.ts';
import {
  getOwnShare,
  listOwnShares,
  openedBy,
  shareThread as share,
  type Thread,
  unshareThread as unshare,
} from '../../db/share-store.ts';
import { hasMessages } from '../../db/timeline-store.ts';
import type { Caller } from '../auth.ts';
import { ownInbox } from '../inbox-access.ts';
import { notFound } from '../problem.ts';
import { defineRoute, noBody } from '../route.ts';
import { threadParams } from '../thread-input.ts';
import { iso, isoOrNull, timeSchema } from '../views/time.ts';

export const shareSchema = z
  .object({
    inboxId: z.uuid(),
    threadId: z.string(),
    shared: z.boolean(),
    sharedAt: timeSchema.nullable(),
    audience: z
      .object({ orgId: z.string(), words: z.string() })
      .describe('Who sees the thread, or would see it.'),
    openedBy: z
      .array(z.object({ userId: z.string(), lastAt: timeSchema }))
      .describe(
        'Teammates who have opened the thread, a message or an attachment of it. Seeing it on a timeline does not count.',
      ),
  })
  .meta({ id: 'Share' });

export const listShares = defineRoute({
  method: 'get',
  path: '/api/v1/shares',
  name: 'listShares',
  tag: 'Mail',
  summary: 'Every thread that the caller shares, oldest first',
  responses: {
    200: z.object({
      shares: z.array(z.object({ inboxId: z.uuid(), threadId: z.string(), sharedAt: timeSchema })),
    }),
  },
}).handle((ctx) => async ({ caller }) => {
  const shares = await ctx.database.asUser(caller, listOwnShares);
  const views = shares.map(({ inboxId, providerThreadId, sharedAt }) => ({
    inboxId,
    threadId: providerThreadId,
    sharedAt: iso(sharedAt),
  }));
  return { status: 200, body: { shares: views } };
});

export const getShare = defineRoute({
  method: 'get',
  path: '/api/v1/threads/{inboxId}/{threadId}/share',
  name: 'getShare',
  tag: 'Mail',
  summary: 'Whether a thread is shared, and who sees it or would see it',
  description: 'For the owner of the inbox; others get 404, also when they may read the thread.',
  params: threadParams,
  responses: { 200: shareSchema },
  problems: ['not-found'],
}).handle((ctx) => async ({ params, caller }) => {
  const thread = threadOf(params);
  const body = await ctx.database.asUser(caller, async (tx) => {
    await requireOwnThread(tx, thread);
    return shareView(tx, caller, thread);
  });
  return { status: 200, body };
});

export const putShare = defineRoute({
  method: 'put',
  path: '/api/v1/threads/{inboxId}/{threadId}/share',
  name: 'shareThread',
  tag: 'Mail',
  summary: 'Share a thread with the caller’s org',
  description:
    'By the owner of the inbox alone. Teammates then see it on timelines and at the routes of threads, messages and attachments, together with messages that are synced later. Disconnecting keeps shares; deleting the history removes them.',
  params: threadParams,
  responses: { 200: shareSchema },
  problems: ['not-found', 'inbox-deleting'],
}).handle((ctx) => async ({ params, caller }) => {
  const thread = threadOf(params);
  const body = await ctx.database.asUser(caller, async (tx) => {
    await requireOwnThread(tx, thread);
    if (await share(tx, thread)) await note(tx, 'thread.shared', thread);
    return shareView(tx, caller, thread);
  });
  return { status: 200, body };
});

export const deleteShare = defineRoute({
  method: 'delete',
  path: '/api/v1/threads/{inboxId}/{threadId}/share',
  name: 'unshareThread',
  tag: 'Mail',
  summary: 'Take a shared thread back: once this has answered, no teammate reads it',
  params: threadParams,
  responses: { 204: noBody('Not shared any more.') },
  problems: ['not-found'],
}).handle((ctx) => async ({ params, caller }) => {
  const thread = threadOf(params);
  await ctx.database.asUser(caller, async (tx) => {
    await requireOwnThread(tx, thread);
    if (await unshare(tx, thread)) await note(tx, 'thread.unshared', thread);
  });
  return { status: 204 };
});

const threadOf = ({ inboxId, threadId }: z.output<typeof threadParams>): Thread => ({
  inboxId,
  providerThreadId: threadId,
});

/** A teammate who may read it sees no inbox, and is answered as anybody else. */
async function requireOwnThread(tx: Tx, thread: Thread): Promise<void> {
  await ownInbox(tx, thread.inboxId);
  if (!(await hasMessages(tx, thread))) throw notFound('thread');
}

const note = (tx: Tx, act: 'thread.shared' | 'thread.unshared', thread: Thread) =>
  writeAudit(tx, { act, inboxId: thread.inboxId, subject: thread.providerThreadId });

async function shareView(
  tx: Tx,
  { orgId }: Caller,
  thread: Thread,
): Promise<z.output<typeof shareSchema>> {
  const found = await getOwnShare(tx, thread);
  const opened = await openedBy(tx, thread);
  return {
    inboxId: thread.inboxId,
    threadId: thread.providerThreadId,
    shared: found !== null,
    sharedAt: isoOrNull(found?.sharedAt ?? null),
    audience: {
      orgId,
      words:
        `${found ? 'Everybody' : 'If you share it, everybody'} who can sign in to Sambandh in the organisation ` +
        `${orgId}, now or later, sees what is synced of it already and what is synced later, with attachments, while it is shared.`,
    },
    openedBy: opened.map(({ userId, at }) => ({ userId, lastAt: iso(at) })),
  };
}
