import type { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { readConfig } from '../config/config.ts';
import { createDataKey, type DataKey } from '../crypto/data-key.ts';
import { openKeyRing } from '../crypto/key-ring.ts';
import { valuesOf } from '../db/values.ts';
import { type MatchKey, matchKeyOf } from '../domain/address.ts';
import type { MailMessage } from '../domain/message.ts';
import { judge, type ScopeContext } from '../domain/scope.ts';
import { GMAIL_QUERY_LIMITS, planSlices, type SearchSlice } from '../domain/search-plan.ts';
import type { SeedContact } from '../emulator/seed/people.ts';
import { createGmailProvider } from '../providers/gmail/adapter.ts';
import type { MailProvider } from '../providers/mail-provider.ts';
import { gmailOptions } from '../session/gmail-kit.ts';
import { sealMessage } from '../vault/message-seals.ts';
import type { Rig } from './rig.ts';

/** Tables like the product's, indexes included, without row-level security and foreign keys. */
export const BARE_TABLES = `
  create table bare_messages (like messages including all);
  create table bare_message_contacts (like message_contacts including all);
  create index on bare_message_contacts
    (contact_id, user_id, org_id, received_at desc, message_id desc)`;

interface Job {
  mailbox: MailProvider;
  db: Client;
  inbox: { orgId: string; userId: string; inboxId: string };
  key: DataKey;
  scope: ScopeContext;
}

/**
 * What a backfill comes down to when nothing can go wrong: the same searches, fetches, parsing,
 * predicate, sealing and inserts, in one loop of one process. No ledger, no fence, no quota, no
 * transaction but the statement's own, no Temporal.
 * @returns messages stored
 */
export async function runBareLoop(
  rig: Rig,
  address: string,
  contacts: readonly SeedContact[],
): Promise<number> {
  const config = readConfig(rig.product.env);
  const { access_token: accessToken } = await rig.emulator.issueTokens({ address });
  const window = { from: Date.now() - 90 * 86_400_000, to: Date.now() };
  const slices = plan(contacts, window);
  const options = gmailOptions(config);
  const mailbox = createGmailProvider(options, {
    gate: (_call, start) =>
      start({ accessToken, signal: AbortSignal.timeout(config.settings.PROVIDER_TIMEOUT_MS) }),
  });
  const inbox = { orgId: 'bare', userId: 'bare', inboxId: uuidv7() };
  const { key } = await createDataKey(await openKeyRing(config), inbox);
  const scope = scopeOf(address, contacts, window.from);
  return await importAll({ mailbox, db: rig.db, inbox, key, scope }, slices);
}

async function importAll(job: Job, slices: readonly SearchSlice[]): Promise<number> {
  const seen = new Set<string>();
  let open: string[] = [];
  let stored = 0;
  const size = job.mailbox.fetchBatchSize;
  for (const slice of slices) {
    for (const id of await search(job.mailbox, slice)) {
      if (!seen.has(id)) open.push(id);
      seen.add(id);
    }
    for (; open.length >= size; open = open.slice(size)) {
      stored += await importBatch(job, open.slice(0, size));
    }
  }
  return stored + (open.length > 0 ? await importBatch(job, open) : 0);
}

async function search(mailbox: MailProvider, slice: SearchSlice): Promise<string[]> {
  const { from, to, terms } = slice;
  const scope = { kind: 'contacts' } as const;
  const query = { addresses: terms, from, to, scope, mayBringBodies: false };
  const found: string[] = [];
  let pageToken: string | null = null;
  do {
    const page = await mailbox.search(query, pageToken);
    found.push(...page.ids);
    pageToken = page.nextPageToken;
  } while (pageToken !== null);
  return found;
}

async function importBatch(job: Job, ids: readonly string[]): Promise<number> {
  const fetched = await job.mailbox.fetchMessages(ids);
  const rows = fetched.flatMap((one) =>
    one.outcome === 'found' ? (toRow(job, one.message) ?? []) : [],
  );
  await insert(job, rows);
  return rows.length;
}

interface Row {
  id: string;
  cells: unknown[];
  receivedAt: Date;
  contactIds: string[];
}

function toRow({ inbox, key, scope }: Job, message: MailMessage): Row | null {
  const judgement = judge(message, scope);
  if (!judgement.inScope) return null;
  const id = uuidv7();
  const receivedAt = new Date(message.receivedAt);
  const { orgId, userId, inboxId } = inbox;
  const { envelopeCt, bodyCt } = sealMessage(key, { orgId, inboxId, messageId: id }, message);
  const { providerMessageId, providerThreadId, attachments } = message;
  return {
    ...{ id, receivedAt, contactIds: judgement.contactIds },
    cells: [
      ...[id, inboxId, orgId, userId, providerMessageId, providerThreadId, judgement.direction],
      ...[receivedAt, attachments.some(({ inline }) => !inline), envelopeCt, bodyCt],
    ],
  };
}

const MESSAGE = ['uuid', 'uuid', 'text', 'text', 'text', 'text', 'text', 'timestamptz', 'boolean'];
const LINK = ['uuid', 'text', 'uuid', 'text', 'text', 'timestamptz'];

async function insert({ db, inbox }: Job, rows: readonly Row[]): Promise<void> {
  const messages = valuesOf(
    [...MESSAGE, 'bytea', 'bytea'],
    rows.map(({ cells }) => cells),
  );
  await db.query(
    `insert into bare_messages (id, inbox_id, org_id, user_id, provider_message_id,
       provider_thread_id, direction, received_at, has_attachments, envelope_ct, body_ct)
     values ${messages.text}`,
    messages.params,
  );
  const links = valuesOf(
    LINK,
    rows.flatMap(({ id, receivedAt, contactIds }) =>
      contactIds.map((contactId) => [
        ...[id, contactId, inbox.inboxId, inbox.orgId, inbox.userId, receivedAt],
      ]),
    ),
  );
  await db.query(`insert into bare_message_contacts values ${links.text}`, links.params);
}

function plan(
  contacts: readonly SeedContact[],
  window: { from: number; to: number },
): SearchSlice[] {
  return planSlices({
    addresses: keysOf(contacts).map(({ address, matchKey }) => ({
      ...{ id: address, address, matchKey },
    })),
    window,
    limits: GMAIL_QUERY_LIMITS,
    headersFirst: 'auto',
  });
}

function scopeOf(
  address: string,
  contacts: readonly SeedContact[],
  windowStart: number,
): ScopeContext {
  const own = matchKeyOf(address);
  return {
    scope: { kind: 'contacts' },
    contacts: new Map(keysOf(contacts).map(({ matchKey, contactId }) => [matchKey, [contactId]])),
    ownAddresses: new Set(own ? [own] : []),
    windowStart,
  };
}

const keysOf = (
  contacts: readonly SeedContact[],
): { address: string; matchKey: MatchKey; contactId: string }[] =>
  contacts.flatMap(({ id, addresses }) =>
    addresses.flatMap((address) => {
      const matchKey = matchKeyOf(address);
      return matchKey ? [{ address, matchKey, contactId: id }] : [];
    }),
  );
