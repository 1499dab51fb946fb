import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActivityDeps } from '../../../activities/deps.ts';
import { importSlices } from '../../../activities/import-slices.ts';
import { planBackfill } from '../../../activities/plan-backfill.ts';
import { syncChanges } from '../../../activities/sync-changes.ts';
import { readConfig } from '../../../config/config.ts';
import { requestContactsBackfill } from '../../../db/backfill-store.ts';
import { deleteContact } from '../../../db/contact-store.ts';
import type { MailMessage, Participant } from '../../../domain/message.ts';
import { GMAIL_QUERY_LIMITS } from '../../../domain/search-plan.ts';
import type { ChangePage, Fetched, MailProvider } from '../../../providers/mail-provider.ts';
import { sealCursor, sealProfile, sealTokens } from '../../../vault/inbox-seals.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { noPace, required } from '../../support/environment.ts';
import { ALICE, addContacts, connect, contact, DAY_MS, keys } from '../db/fixtures.ts';

/** Contacts that change between the moment mail is judged and the moment it is stored. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.[Symbol.asyncDispose]());

const { settings } = readConfig(required());

const depsWith = (mailbox: Partial<MailProvider>): ActivityDeps => ({
  database: database.worker,
  keyRing: keys,
  mailboxes: {
    openSender: async () => {
      throw new Error('nothing is sent here');
    },
    open: async () =>
      ({
        listsAtOnce: 1,
        listsWhole: () => false,
        queryLimits: GMAIL_QUERY_LIMITS,
        ...mailbox,
      }) as MailProvider,
  },
  runningInboxes: { list: async () => [], cancel: async () => {} },
  mailer: { send: async () => {} },
  pace: noPace,
  settings,
  log: pino({ level: 'silent' }),
  now: () => Date.now(),
});

const ME = 'me@x.example';
const sealed = (orgId: string): Parameters<typeof connect>[2] => ({
  now: Date.now(),
  seal: (id, key) => ({
    profileCt: sealProfile(
      key,
      { orgId, id },
      {
        address: ME,
        ownAddresses: [ME],
        notifyAddress: ME,
        scopeName: null,
      },
    ),
    tokensCt: sealTokens(key, { orgId, id }, { accessToken: 'a', expiresAt: 1, renewal: 'r' }),
    cursorCt: sealCursor(key, { orgId, id }, HEAD),
  }),
});
const HEAD = { v: 1, provider: 'gmail', historyId: '9' } as const;

const message = (id: string, ...addresses: string[]): Fetched<MailMessage> => ({
  id,
  outcome: 'found',
  message: {
    providerMessageId: id,
    providerThreadId: id,
    state: 'mail',
    labelIds: [],
    receivedAt: Date.now() - 5 * DAY_MS,
    participants: addresses.map(
      (address, i): Participant => ({ role: i === 0 ? 'from' : 'cc', name: '', address }),
    ),
    rfcMessageId: `${id}@x.example`,
    subject: 'subject',
    snippet: '',
    text: 'text',
    html: null,
    attachments: [],
    inReplyTo: null,
    references: [],
    defects: [],
  },
});

const changesOf = (touchedIds: string[]): ChangePage => ({
  touchedIds,
  deletedIds: [],
  nextPageToken: null,
  cursor: HEAD,
});

const inActivity = <T>(work: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment().run(work);

const storedIds = async (inboxId: string): Promise<string[]> =>
  (
    await database.sql<{ id: string }>(
      'select provider_message_id as id from messages where inbox_id = $1 order by 1',
      [inboxId],
    )
  ).map(({ id }) => id);

test('B4 mail that another backfill holds while a contact is added is that contact’s too', async () => {
  const org = { ...ALICE, orgId: 'added' };
  await addContacts(database, org.orgId, contact('ann', 'ann@x.example'));
  const inbox = await connect(database, org, sealed(org.orgId));
  let added = 0;
  const addWhileInFlight = async (): Promise<void> => {
    if (added > 0) return;
    await addContacts(
      database,
      org.orgId,
      contact('bob', 'bob@y.example'),
      contact('mary', 'mary.ann@x.example'),
    );
    added =
      (await database.worker.asConnectedInboxExclusive(inbox, (tx) =>
        requestContactsBackfill(tx, Date.now(), 90 * DAY_MS),
      )) ?? 0;
    await planBackfill(deps, { ...inbox, n: added }, await deps.mailboxes.open(inbox, 'backfill'));
  };
  const fetchAll = async (ids: readonly string[]): Promise<Fetched<MailMessage>[]> => {
    await addWhileInFlight();
    return ids.map((id) =>
      id === 'both'
        ? message(id, 'ann@x.example', 'bob@y.example')
        : message(id, 'mary.ann@x.example'),
    );
  };
  const deps = depsWith({
    fetchBatchSize: 25,
    search: async () => ({ ids: ['both', 'hers'], nextPageToken: null }),
    fetchHeads: fetchAll,
    fetchMessages: fetchAll,
  });
  await inActivity(() => importSlices(deps, { ...inbox, n: 1 }));
  await inActivity(() => importSlices(deps, { ...inbox, n: added }));

  const links = await database.sql(
    `select m.provider_message_id as id, c.contact_id as contact from messages m
     join message_contacts c on c.message_id = m.id where m.inbox_id = $1 order by 1, 2`,
    [inbox.inboxId],
  );
  expect(links).toEqual([
    { id: 'both', contact: 'ann' },
    { id: 'both', contact: 'bob' },
    { id: 'hers', contact: 'mary' },
  ]);
});

test('I3 mail in flight for a contact that is removed meanwhile is not stored', async () => {
  const org = { ...ALICE, orgId: 'removed' };
  await addContacts(database, org.orgId, contact('ann', 'ann@x.example'));
  const inbox = await connect(database, org, sealed(org.orgId));
  const deps = depsWith({
    fetchBatchSize: 25,
    listChanges: async () => changesOf(['hers']),
    fetchHeads: async (ids) => ids.map((id) => message(id, 'ann@x.example')),
    fetchMessages: async (ids) => {
      await database.api.asOrg(org.orgId, (tx) => deleteContact(tx, 'ann'));
      return ids.map((id) => message(id, 'ann@x.example'));
    },
  });
  await inActivity(() => syncChanges(deps, inbox));
  expect(await storedIds(inbox.inboxId)).toEqual([]);
});

test('I1 an attempt after a killed one goes on behind the strangers it has read', async () => {
  const org = { ...ALICE, orgId: 'import' };
  await addContacts(database, org.orgId, contact('ann', 'ann@x.example'));
  const inbox = await connect(database, org, sealed(org.orgId));
  const ids = Array.from({ length: 60 }, (_, i) => `m${String(i).padStart(2, '0')}`);
  const read: string[] = [];
  let batches = 0;
  const deps = depsWith({
    fetchBatchSize: 10,
    listChanges: async () => changesOf(ids),
    fetchHeads: async (some) => {
      batches += 1;
      if (batches % 3 === 0) throw new Error('the worker was killed here');
      read.push(...some);
      return some.map((id) => message(id, 'stranger@s.example'));
    },
    fetchMessages: async () => [],
  });
  for (let attempt = 0; attempt < 4; attempt += 1) {
    await inActivity(() => syncChanges(deps, inbox)).catch(() => {});
  }
  expect(read).toEqual(ids);
});
