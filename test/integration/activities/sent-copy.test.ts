import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendMessage } from '../../../activities/send-message.ts';
import { syncChanges } from '../../../activities/sync-changes.ts';
import type { Attempt } from '../../../db/database.ts';
import { disconnectInbox } from '../../../db/inbox-store.ts';
import { dueCopies } from '../../../db/sent-copy-store.ts';
import type { Scope } from '../../../domain/scope.ts';
import { TokenRevokedError } from '../../../providers/errors.ts';
import type { MailProvider } from '../../../providers/mail-provider.ts';
import type { MailSender } from '../../../providers/mail-sender.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, addContacts, connect, contact, DAY_MS } from '../db/fixtures.ts';
import { changesOf, depsWith, inActivity, message, sealed } from './support.ts';

/** The mailbox's own copy of what was sent from here, in an inbox that is limited to a label. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.[Symbol.asyncDispose]());

const LABEL: Scope = { kind: 'label', labelId: 'Clients' };

/** An inbox with one message of which it is known that it was sent. */
async function sentFrom(orgId: string, { copyId = 'copy' as string | null, scope = LABEL } = {}) {
  const org = { ...ALICE, orgId };
  await addContacts(database, orgId, contact('ann', 'ann@x.example'));
  const reconnect = () => connect(database, org, { ...sealed(orgId), scope });
  const inbox = await reconnect();
  const outgoingId = randomUUID();
  await database.sql(
    `insert into outgoing_messages (id, inbox_id, idempotency_key, request_hash, state,
       rfc_message_id, provider_message_id, provider_thread_id, attempted_at, settled_at)
     values ($1, $2, 'k', 'h', 'sent', 'm', $3, $3, now(), now())`,
    [outgoingId, inbox.inboxId, copyId],
  );
  const asked: string[] = [];
  const copy = (ids: readonly string[]) => {
    asked.push(...ids);
    return ids.map((id) => message(id, 'me@x.example', 'ann@x.example'));
  };
  const mailbox: Partial<MailProvider> = {
    fetchBatchSize: 25,
    listChanges: async () => changesOf(['copy']),
    fetchHeads: async (ids) => copy(ids),
    fetchMessages: async (ids) => copy(ids),
  };
  const look = (more: Partial<MailProvider> = {}, rest: Parameters<typeof depsWith>[2] = {}) =>
    inActivity(() =>
      sendMessage(depsWith(database, { ...mailbox, ...more }, rest), {
        inboxId: inbox.inboxId,
        outgoingId,
      }),
    );
  const disconnect = () => database.api.asUser(org, (tx) => disconnectInbox(tx, inbox.inboxId));
  return { inbox, outgoingId, mailbox, asked, look, disconnect, reconnect };
}

const DONE = { state: 'sent', retryInMs: null };

const left = async ({ inboxId }: Attempt) => ({
  messages: await database.sql(
    `select m.provider_message_id as id, m.direction, c.contact_id as contact from messages m
     join message_contacts c on c.message_id = m.id where m.inbox_id = $1`,
    [inboxId],
  ),
  verdicts: await database.sql(
    'select provider_message_id as id, kind from verdicts where inbox_id = $1',
    [inboxId],
  ),
  copied: (
    await database.sql<{ copied: boolean }>(
      'select copied_at is not null as copied from outgoing_messages where inbox_id = $1',
      [inboxId],
    )
  ).map(({ copied }) => copied),
});

const BROUGHT = {
  messages: [{ id: 'copy', direction: 'outbound', contact: 'ann' }],
  verdicts: [{ id: 'copy', kind: 'stored' }],
  copied: [true],
};
const NOTHING = { messages: [], verdicts: [], copied: [false] };

const isDue = async (outgoingId: string): Promise<boolean> =>
  (await database.api.asNobody(dueCopies)).some(({ id }) => id === outgoingId);

test('P1 I2 it is brought once, whoever looks at the same moment, and is not asked for again', async () => {
  const { inbox, mailbox, asked, look } = await sentFrom('once');
  const sync = () => inActivity(() => syncChanges(depsWith(database, mailbox), inbox));
  await Promise.all([look(), sync(), look(), sync()]);
  expect(await left(inbox)).toEqual(BROUGHT);
  const before = asked.length;
  expect(await look()).toEqual(DONE);
  await sync();
  expect(asked).toHaveLength(before);
  expect(await left(inbox)).toEqual(BROUGHT);
});

test('I2 what sync has left out for its place is brought, and what sync has brought is left', async () => {
  const outside = await sentFrom('outside');
  await inActivity(() => syncChanges(depsWith(database, outside.mailbox), outside.inbox));
  expect((await left(outside.inbox)).verdicts).toEqual([{ id: 'copy', kind: 'skipped' }]);
  expect(await outside.look()).toEqual(DONE);
  expect(await left(outside.inbox)).toEqual(BROUGHT);

  const within = await sentFrom('within', { scope: { kind: 'contacts' } });
  await inActivity(() => syncChanges(depsWith(database, within.mailbox), within.inbox));
  const before = within.asked.length;
  expect(await within.look()).toEqual(DONE);
  expect(within.asked).toHaveLength(before);
  expect(await left(within.inbox)).toEqual(BROUGHT);
});

test('D1.2 it is asked for again until it can be read; one that was deleted at once is gone', async () => {
  const { inbox, look } = await sentFrom('gone');
  const fetchHeads: MailProvider['fetchHeads'] = async (ids) =>
    ids.map((id) => ({ id, outcome: 'gone' }));
  const soon = await look({ fetchHeads });
  expect(soon).toMatchObject({ state: 'sent', retryInMs: expect.any(Number) });
  expect(await left(inbox)).toEqual(NOTHING);
  expect(await look({ fetchHeads }, { now: () => Date.now() + 3_600_000 })).toEqual(DONE);
  expect(await left(inbox)).toEqual({
    messages: [],
    verdicts: [{ id: 'copy', kind: 'gone' }],
    copied: [true],
  });
});

test('P8 in Outlook it is looked for by our mark, for a day', async () => {
  const { inbox, look } = await sentFrom('outlook', { copyId: null });
  const deps = depsWith(database, {});
  const withSender = (findSent: MailSender['findSent'], passedMs = 0) => ({
    mailboxes: { ...deps.mailboxes, openSender: async () => ({ findSent }) as MailSender },
    now: () => Date.now() + passedMs,
  });
  const nowhere = withSender(async () => null, DAY_MS / 2);
  expect(await look({}, nowhere)).toEqual({ state: 'sent', retryInMs: 3_600_000 });
  expect(await left(inbox)).toEqual(NOTHING);
  const found = { providerMessageId: 'copy', providerThreadId: 'thread' };
  const { mailbox, look: lookToo, inbox: other } = await sentFrom('found', { copyId: null });
  const open = async () => mailbox as MailProvider;
  const sender = withSender(async () => found);
  expect(await lookToo({}, { ...sender, mailboxes: { ...sender.mailboxes, open } })).toEqual(DONE);
  expect(await left(other)).toEqual(BROUGHT);
  expect(
    await look(
      {},
      withSender(async () => null, 2 * DAY_MS),
    ),
  ).toEqual(DONE);
  expect(await left(inbox)).toEqual({ ...NOTHING, copied: [true] });
});

test('P9 I4 after a disconnect nothing comes; connected again, it is found and brought', async () => {
  const { inbox, outgoingId, asked, look, disconnect, reconnect } = await sentFrom('stopped');
  const fetchHeads: MailProvider['fetchHeads'] = async (ids) => {
    await disconnect();
    return ids.map((id) => message(id, 'me@x.example', 'ann@x.example'));
  };
  // Read when the disconnect came: what was read is not stored.
  expect(await look({ fetchHeads })).toMatchObject({ state: 'sent' });
  expect(await look()).toEqual(DONE);
  expect(asked).toEqual(['copy']);
  expect(await left(inbox)).toEqual(NOTHING);
  expect(await isDue(outgoingId)).toBe(false);
  await reconnect();
  expect(await isDue(outgoingId)).toBe(true);
  // Whoever starts its workflow has a while.
  expect(await isDue(outgoingId)).toBe(false);
  expect(await look()).toEqual(DONE);
  expect(await left(inbox)).toEqual(BROUGHT);
});

test('P6 where nothing is chosen yet, it is not read until something is', async () => {
  const { inbox, outgoingId, asked, look } = await sentFrom('unchosen', {
    scope: { kind: 'unchosen' },
  });
  expect(await look()).toEqual(DONE);
  expect([asked, await isDue(outgoingId)]).toEqual([[], false]);
  await database.sql('update inboxes set scope = $2 where id = $1', [inbox.inboxId, LABEL]);
  expect(await isDue(outgoingId)).toBe(true);
  expect(await look()).toEqual(DONE);
  expect(await left(inbox)).toEqual(BROUGHT);
});

test('a grant that has ended leaves it to do', async () => {
  const { inbox, outgoingId, look } = await sentFrom('revoked');
  const fetchHeads: MailProvider['fetchHeads'] = async () => {
    throw new TokenRevokedError('revoked');
  };
  expect(await look({ fetchHeads })).toEqual({ ...DONE, wakesInbox: true });
  expect(await left(inbox)).toEqual(NOTHING);
  expect(await isDue(outgoingId)).toBe(true);
  // What is still refused after a day is not asked for again and again.
  expect(await look({ fetchHeads }, { now: () => Date.now() + 2 * DAY_MS })).toEqual(DONE);
  expect(await left(inbox)).toEqual({ ...NOTHING, copied: [true] });
});
