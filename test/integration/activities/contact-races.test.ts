import { afterAll, beforeAll, expect, test } from 'vitest';
import { importSlices } from '../../../activities/import-slices.ts';
import { planBackfill } from '../../../activities/plan-backfill.ts';
import { syncChanges } from '../../../activities/sync-changes.ts';
import { requestContactsBackfill } from '../../../db/backfill-store.ts';
import { deleteContact } from '../../../db/contact-store.ts';
import type { MailMessage } from '../../../domain/message.ts';
import type { Fetched } from '../../../providers/mail-provider.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, addContacts, connect, contact, DAY_MS } from '../db/fixtures.ts';
import { changesOf, depsWith, inActivity, message, sealed } from './support.ts';

/** Contacts that change between the moment mail is judged and the moment it is stored. */
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.[Symbol.asyncDispose]());

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
  const deps = depsWith(database, {
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
  const deps = depsWith(database, {
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
  const deps = depsWith(database, {
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
