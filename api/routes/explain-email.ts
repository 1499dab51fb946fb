import { z } from 'zod';
import type { DataKey } from '../../crypto/data-key.ts';
import { lookupHash } from '../../crypto/lookup.ts';
import { writeAudit } from '../../db/audit-store.ts';
import { listOpenBackfills } from '../../db/backfill-store.ts';
import { isContactAddress } from '../../db/contact-store.ts';
import type { Tx } from '../../db/database.ts';
import { listGaps } from '../../db/gap-store.ts';
import type { InboxRow } from '../../db/inbox-row.ts';
import { readSyncHealth } from '../../db/sync-store.ts';
import {
  type FoundVerdict,
  findVerdictsByRfcId,
  findVerdictsBySender,
} from '../../db/verdict-store.ts';
import { matchKeyOf, matchKeysOf } from '../../domain/address.ts';
import {
  EXPLAIN_OUTCOMES,
  explainOthers,
  explainUnseen,
  explainVerdict,
  type InboxFacts,
} from '../../domain/explain.ts';
import { findDataKey } from '../../vault/data-keys.ts';
import { openProfile } from '../../vault/inbox-seals.ts';
import type { ApiContext } from '../context.ts';
import { ownInbox } from '../inbox-access.ts';
import { defineRoute } from '../route.ts';
import { idParams, plainText } from '../validate.ts';
import { iso, isoOrNull, timeSchema } from '../views/time.ts';

const HOUR_MS = 3_600_000;
const MANY = 1_000;

const query = z
  .strictObject({
    messageId: plainText(998)
      .regex(/\S/, 'expected a Message-ID')
      .optional()
      .describe('The Message-ID header, with or without angle brackets.'),
    sender: plainText(1_000)
      .refine((text) => matchKeyOf(text) !== null, 'not an email address')
      .optional()
      .describe('The address in From; together with date.'),
    date: z.iso
      .date()
      .optional()
      .describe('The day it came, anywhere on earth: neighbouring hours are looked at too.'),
  })
  .refine(
    ({ messageId, sender, date }) =>
      messageId ? !sender && !date : sender !== undefined && date !== undefined,
    'give either messageId, or sender and date',
  );

type Asked = { rfcId: string } | { sender: string; from: number; to: number };

function askedOf({ messageId = '', sender, date }: z.output<typeof query>): Asked {
  if (!sender || !date) return { rfcId: messageId.trim().replace(/^<(.*)>$/, '$1') };
  const midnight = Date.parse(date);
  return { sender, from: midnight - 14 * HOUR_MS, to: midnight + 36 * HOUR_MS };
}

const answerSchema = z.object({
  outcome: z.enum(EXPLAIN_OUTCOMES),
  words: z.string().describe('What happened to it.'),
  fix: z.string().describe('What to do about it.'),
  messageId: z.uuid().nullable().describe('Its id here, when it is stored.'),
  contacts: z
    .array(z.object({ id: z.string(), name: z.string() }))
    .describe('On whose timelines it is, when it is stored.'),
  receivedAt: timeSchema.nullable(),
  decidedAt: timeSchema.nullable(),
});

export const explainedSchema = z.object({ inboxId: z.uuid(), answers: z.array(answerSchema) });

export const explainEmail = defineRoute({
  method: 'get',
  path: '/api/v1/inboxes/{id}/explain',
  name: 'explainEmail',
  tag: 'Inboxes',
  summary: '“Why isn’t this email here?” by Message-ID, or by sender and date',
  description:
    'Answers from what was noted of every message seen, and asks nothing at the provider (B3). Several answers when the mailbox has several such emails, at most 50, newest first; times are null for one that was never seen. By sender and date the last answer is about further ones, where something keeps them away, such as the scope. Proxies may keep query strings, and this one names an address.',
  params: idParams,
  query,
  responses: { 200: explainedSchema },
  problems: ['not-found'],
}).handle((ctx) => async ({ params: { id }, query: asked, caller }) => {
  const answers = await ctx.database.asUser(caller, async (tx) => {
    const inbox = await ownInbox(tx, id);
    await writeAudit(tx, { act: 'inbox.explained', inboxId: id });
    return answersOf(ctx, tx, inbox, askedOf(asked));
  });
  return { status: 200, body: { inboxId: id, answers } };
});

async function answersOf(
  ctx: ApiContext,
  tx: Tx,
  inbox: InboxRow,
  asked: Asked,
): Promise<z.output<typeof answerSchema>[]> {
  // Verdicts are found by hashes whose key is destroyed with the data key.
  const key = await findDataKey(tx, ctx.keyRing, inbox);
  const found = key ? await find(tx, inbox.id, key, asked) : [];
  const facts = await factsOf(ctx, tx, inbox, key === null);
  const senderIsContact =
    'sender' in asked && !isOwn(inbox, key, asked.sender)
      ? await isContactAddress(tx, matchKeysOf(asked.sender))
      : null;
  const time = 'sender' in asked ? asked : null;
  const unknown = { messageId: null, contacts: [], receivedAt: null, decidedAt: null };
  if (found.length === 0) {
    return [{ ...explainUnseen(time, senderIsContact, facts), ...unknown }];
  }
  const others = time && explainOthers(time, senderIsContact, facts);
  return [
    ...found.map((verdict) => ({
      ...explainVerdict(verdict, senderIsContact, facts),
      messageId: verdict.messageId,
      contacts: verdict.contacts,
      receivedAt: isoOrNull(verdict.receivedAt),
      decidedAt: iso(verdict.decidedAt),
    })),
    ...(others ? [{ ...others, ...unknown }] : []),
  ];
}

/** Whoever wrote an email themselves is no contact, whatever the CRM lists. */
function isOwn(inbox: InboxRow, key: DataKey | null, sender: string): boolean {
  if (!key || !inbox.profileCt) return false;
  const own = openProfile(key, inbox, inbox.profileCt).ownAddresses.map(matchKeyOf);
  return matchKeysOf(sender).some((one) => own.includes(one));
}

function find(tx: Tx, inboxId: string, key: DataKey, asked: Asked): Promise<FoundVerdict[]> {
  if ('rfcId' in asked) {
    return findVerdictsByRfcId(tx, inboxId, lookupHash(key, 'rfc-id', asked.rfcId));
  }
  const senderHash = lookupHash(key, 'sender', matchKeyOf(asked.sender) as string);
  return findVerdictsBySender(tx, inboxId, { senderHash, from: asked.from, to: asked.to });
}

async function factsOf(
  ctx: Pick<ApiContext, 'now'>,
  tx: Tx,
  inbox: InboxRow,
  historyDeleted: boolean,
): Promise<InboxFacts> {
  const gaps = await listGaps(tx, inbox.id);
  const backfills = await listOpenBackfills(tx, inbox.id, MANY);
  const { syncedAt } = await readSyncHealth(tx, inbox.id);
  return {
    status: inbox.status,
    scopeKind: inbox.scope.kind,
    windowStart: inbox.windowStart,
    syncedAt,
    historyDeleted,
    scopeGone: inbox.problem === 'scope_gone',
    openGaps: gaps.filter(({ closedAt }) => closedAt === null),
    // A last look that is not due yet brings what search learns late: nothing to wait for.
    openBackfills: backfills
      .filter(({ kind, dueAt }) => kind !== 'recheck' || dueAt <= ctx.now())
      .map(({ windowFrom, windowTo }) => ({ from: windowFrom, to: windowTo })),
  };
}
