import { z } from 'zod';
import { countStored } from '../../db/timeline-store.ts';
import { readTouches } from '../../db/touch-store.ts';
import { countVerdicts } from '../../db/verdict-store.ts';
import { ownInbox } from '../inbox-access.ts';
import { defineRoute } from '../route.ts';
import { idParams } from '../validate.ts';
import { scopeView } from '../views/scope-view.ts';

const count = z.int().nonnegative();

export const touchReport = defineRoute({
  method: 'get',
  path: '/api/v1/inboxes/{id}/touches',
  name: 'touchReport',
  tag: 'Inboxes',
  summary: 'How much of the mailbox was touched',
  description:
    'Since the inbox was connected, or its history deleted (B1). What is read twice counts twice. An answer that a disconnect has overtaken is thrown away, and nothing may be written any more (B7): where only the answer tells how much was read, as in listings and Outlook searches, it counts as a call alone.',
  params: idParams,
  responses: {
    200: z.object({
      inboxId: z.uuid(),
      scope: scopeView,
      calls: z.object({ made: count, units: count.describe('In the provider’s quota units.') }),
      read: z.object({
        ids: count.describe('Message ids listed.'),
        headers: count.describe('Messages of which the headers alone were read.'),
        bodies: count.describe('Messages of which the body was read.'),
      }),
      stored: count,
      notStored: z
        .object({
          skipped: z.record(z.string(), count).describe('By reason.'),
          gone: count,
          failed: count,
        })
        .describe('Messages seen and not stored.'),
      words: z.string(),
    }),
  },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, caller }) => {
  const report = await ctx.database.asUser(caller, async (tx) => {
    const { scope } = await ownInbox(tx, id);
    const { calls, units, idsListed, headsRead, bodiesRead } = await readTouches(tx, id);
    const { skipped, ...notStored } = await countVerdicts(tx, id);
    return {
      inboxId: id,
      scope,
      calls: { made: calls, units },
      read: { ids: idsListed, headers: headsRead, bodies: bodiesRead },
      stored: await countStored(tx, id),
      notStored: { skipped: { ...skipped } as Record<string, number>, ...notStored },
    };
  });
  return { status: 200, body: { ...report, words: wordsOf(report) } };
});

function wordsOf({ read, stored }: { read: Record<string, number>; stored: number }): string {
  const count = (n = 0, one: string, many: string) =>
    `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
  return (
    `${count(read.ids, 'message was', 'messages were')} listed, headers alone were read of ` +
    `${count(read.headers, 'message', 'messages')} and bodies of ${count(read.bodies, 'message', 'messages')}; ` +
    `${count(stored, 'is', 'are')} stored. A message that is looked at twice counts twice.`
  );
}
