import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { destroyKeys } from '../../../activities/delete-history.ts';
import type { ActivityDeps } from '../../../activities/deps.ts';
import { rewrapKeys } from '../../../activities/rewrap-keys.ts';
import { beginKeyRotation, resealTurn } from '../../../activities/rotate-data-key.ts';
import { syncChanges } from '../../../activities/sync-changes.ts';
import { unwrapDataKey } from '../../../crypto/data-key.ts';
import { InboxKeyMissingError } from '../../../crypto/key-provider.ts';
import type { KeyRing } from '../../../crypto/key-ring.ts';
import { lookupHash } from '../../../crypto/lookup.ts';
import type { NamedKeys } from '../../../crypto/named-keys.ts';
import { advanceSlice, planBackfill } from '../../../db/backfill-slice-store.ts';
import type { Attempt, User } from '../../../db/database.ts';
import {
  disableEndpoint,
  getEndpoint,
  insertEndpoint,
  newEndpointId,
} from '../../../db/endpoint-store.ts';
import { masterKeysInUse, readSealedSlices } from '../../../db/key-rotation-store.ts';
import { readDoomedKeys, readKeys } from '../../../db/keys-store.ts';
import { commitMessages } from '../../../db/message-store.ts';
import {
  listPendingConnections,
  putPendingConnection,
} from '../../../db/pending-connection-store.ts';
import { startDeletion } from '../../../db/start-deletion.ts';
import { readCursor } from '../../../db/sync-store.ts';
import type { MailMessage } from '../../../domain/message.ts';
import type { Fetched, MailProvider } from '../../../providers/mail-provider.ts';
import { readDataKey } from '../../../vault/data-keys.ts';
import { openTarget, sealTarget } from '../../../vault/endpoint-seals.ts';
import {
  openCursor,
  openPageToken,
  openProfile,
  openTokens,
  sealCursor,
  sealPageToken,
  sealProfile,
  sealTokens,
} from '../../../vault/inbox-seals.ts';
import { openBody, openEnvelope, sealMessage } from '../../../vault/message-seals.ts';
import { openPending, sealPending } from '../../../vault/pending-seals.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { createTestKeyRing, freshKey, keyDirectory } from '../../support/key-ring.ts';
import '../../support/quiet-temporal.ts';
import { addContacts, connect, contact, stored } from '../db/fixtures.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.[Symbol.asyncDispose]());

const depsOf = (keyRing: KeyRing, mailbox: Partial<MailProvider> = {}): ActivityDeps =>
  ({
    settings: { POLL_INTERVAL_WITH_PUSH_MS: 6 * 3_600_000 },
    database: database.worker,
    keyRing,
    mailboxes: { open: async () => mailbox as MailProvider },
    log: pino({ level: 'silent' }),
    now: () => Date.now(),
  }) as unknown as ActivityDeps;

const inActivity = <T>(work: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment().run(work);

const HEAD = { v: 1, provider: 'gmail', historyId: '9' } as const;
const ME = 'me@x.example';

const connectSealed = (keys: KeyRing, user: User, mailbox = ME): Promise<Attempt> =>
  connect(database, user, {
    keys,
    mailbox,
    now: Date.now(),
    seal: (id, key) => {
      const inbox = { orgId: user.orgId, id };
      const profile = { address: ME, ownAddresses: [ME], notifyAddress: ME, scopeName: null };
      return {
        profileCt: sealProfile(key, inbox, profile),
        tokensCt: sealTokens(key, inbox, { accessToken: 'a', expiresAt: 1, renewal: 'r' }),
        cursorCt: sealCursor(key, inbox, HEAD),
      };
    },
  });

const message = (id: string): MailMessage => ({
  providerMessageId: id,
  providerThreadId: id,
  state: 'mail',
  labelIds: [],
  receivedAt: Date.now() - 1_000,
  participants: [{ role: 'from', name: '', address: 'ann@x.example' }],
  rfcMessageId: `${id}@x.example`,
  subject: `subject ${id}`,
  snippet: '',
  text: `text ${id}`,
  html: null,
  attachments: [],
  inReplyTo: null,
  references: [],
  defects: [],
});

/** Stores messages as a backfill would, sealed by the key of now. */
const fill = (keys: KeyRing, inbox: Attempt, ids: string[]): Promise<string[]> =>
  database.worker.asConnectedInbox(inbox, async (tx, row) => {
    const key = await readDataKey(tx, keys, row);
    const ref = { orgId: row.orgId, inboxId: row.id };
    const rows = ids.map((id) => {
      const base = stored(id);
      const messageId = randomUUID();
      const sealed = sealMessage(key, { ...ref, messageId }, message(id));
      return { ...base, message: { ...base.message, id: messageId, contactIds: [], ...sealed } };
    });
    return commitMessages(tx, row, rows as Parameters<typeof commitMessages>[2]);
  });

/** Opens whatever is sealed in the inbox. @returns subjects */
const openAll = (keys: KeyRing, { inboxId }: Attempt): Promise<string[]> =>
  database.worker.asInbox(inboxId, async (tx, row) => {
    const key = await readDataKey(tx, keys, row);
    expect(openProfile(key, row, row.profileCt as Buffer).address).toBe(ME);
    expect(openTokens(key, row, row.tokensCt as Buffer).renewal).toBe('r');
    expect(openCursor(key, row, (await readCursor(tx)).cursorCt)).toMatchObject({ v: 1 });
    for (const { n, ordinal, pageTokenCt } of await readSealedSlices(tx)) {
      expect(openPageToken(key, row, { n, ordinal }, pageTokenCt)).toBe('page two');
    }
    const rows = await tx.sql<{ id: string; envelope_ct: Buffer; body_ct: Buffer }>(
      'select id, envelope_ct, body_ct from messages where inbox_id = app_inbox()',
    );
    return rows
      .map(({ id, envelope_ct, body_ct }) => {
        const ref = { orgId: row.orgId, inboxId, messageId: id };
        const { subject } = openEnvelope(key, ref, envelope_ct);
        expect(openBody(key, ref, body_ct).text).toBe(subject.replace('subject', 'text'));
        return subject;
      })
      .sort();
  });

const keysOf = ({ inboxId }: Attempt) =>
  database.worker.asInbox(inboxId, (tx) => readKeys(tx, inboxId));

test('the master key rotates online, is killed in the middle, and the old one may go', async () => {
  const directory = keyDirectory();
  const [a, b] = [freshKey(), freshKey()];
  const before = createTestKeyRing(`a:${a}`, directory);
  const rotating = createTestKeyRing(`b:${b},a:${a}`, directory);
  const inboxes: Attempt[] = [];
  for (let i = 0; i < 6; i += 1) {
    inboxes.push(await connectSealed(before, { orgId: 'masters', userId: `u${i}` }));
  }
  const lost = inboxes.pop() as Attempt;
  await before.inboxKeys.destroy((await keysOf(lost))[0]?.keyId ?? '');
  const inUse = async () => {
    const used = await database.worker.asNobody(masterKeysInUse);
    return new Map(used.map(({ id, keys }) => [id, keys]));
  };
  expect((await inUse()).get('a')).toBe(6);

  // A worker that still has the old order must not undo the work of the others.
  const turn = (ring: KeyRing) =>
    inActivity(() => rewrapKeys(depsOf(ring), { masterKeyId: 'b', after: null }));
  await expect(turn(before)).rejects.toThrow(/wraps by master key "a", not by "b": restart it/);

  // The third inbox's transaction fails: what was done stays, and what is left is taken up again.
  let wrapped = 0;
  const { inboxKeys } = rotating;
  const dying: KeyRing = {
    masters: rotating.masters,
    inboxKeys: {
      create: (keyId) => inboxKeys.create(keyId),
      unwrap: (...given) => inboxKeys.unwrap(...given),
      destroy: (keyId) => inboxKeys.destroy(keyId),
      list: () => inboxKeys.list(),
      check: () => inboxKeys.check(),
      wrap: (...given) => {
        wrapped += 1;
        return wrapped > 2 ? Promise.reject(new Error('killed')) : inboxKeys.wrap(...given);
      },
    },
  };
  await expect(turn(dying)).rejects.toThrow('killed');
  expect((await inUse()).get('b')).toBe(2);
  for (const inbox of inboxes) await openAll(rotating, inbox);
  expect(await turn(rotating)).toMatchObject({ rewrapped: 3, unreadable: 1 });
  expect(await inUse()).toEqual(
    new Map([
      ['a', 1],
      ['b', 5],
    ]),
  );

  const after = createTestKeyRing(`b:${b}`, directory);
  for (const inbox of inboxes) await openAll(after, inbox);
});

const URL_OF_RECEIVER = 'https://crm.example/hook';

const addEndpoint = (masters: NamedKeys, user: User, state?: 'disabled'): Promise<string> =>
  database.api.asUser({ ...user, roles: ['admin'] }, async (tx) => {
    const id = newEndpointId();
    const target = { url: URL_OF_RECEIVER, secrets: [], notifyAddress: null };
    const sealed = sealTarget(masters, { orgId: user.orgId, id }, target);
    await insertEndpoint(tx, id, { types: [], content: false, ...sealed });
    if (state) await disableEndpoint(tx, id, 'asked');
    return id;
  });

const addWaiting = (masters: NamedKeys, user: User, expiresAt = Date.now() + 60_000) =>
  database.api.asUser(user, (tx) => {
    const adminStateHash = Buffer.from(`state of ${user.userId}`);
    const secret = { adminState: user.userId, notifyAddress: null, loginHint: null };
    return putPendingConnection(tx, {
      ...{ orgId: user.orgId, userId: user.userId, provider: 'outlook', inboxId: null },
      ...{ scope: { kind: 'contacts' }, browserHash: Buffer.from('b'), returnTo: '', expiresAt },
      ...{ adminStateHash, ...sealPending(masters, { ...user, adminStateHash }, secret) },
    });
  });

test('the master key of endpoints and of connections that wait rotates too, due or not', async () => {
  const [old, fresh] = [freshKey(), freshKey()];
  const before = createTestKeyRing(`old:${old}`).masters;
  const rotating = createTestKeyRing(`new:${fresh},old:${old}`);
  const after = createTestKeyRing(`new:${fresh}`).masters;
  const inOrg = (userId: string): User => ({ orgId: 'sealed', userId });
  const [ann, bea, cleo, dora] = ['ann', 'bea', 'cleo', 'dora'].map(inOrg) as [
    ...[User, User, User, User],
  ];
  const endpoints = [await addEndpoint(before, ann), await addEndpoint(before, ann, 'disabled')];
  await addWaiting(before, ann);
  const unnamed = await addWaiting(before, bea);
  // A version that did not name the key has written it.
  await database.sql('update pending_connections set master_key_id = null where id = $1', [
    unnamed,
  ]);
  await addWaiting(createTestKeyRing(`gone:${freshKey()}`).masters, cleo);
  await addWaiting(before, dora, Date.now() - 1);
  const inUse = async (): Promise<Record<string, number>> => {
    const used = await database.worker.asNobody(masterKeysInUse);
    const ours = used.filter(({ id }) => ['old', 'new', 'gone', ''].includes(id));
    return Object.fromEntries(ours.map(({ id, keys }) => [id, keys]));
  };
  expect(await inUse()).toEqual({ old: 3, '': 1, gone: 1 });

  const noInboxLeft = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  const turn = () =>
    inActivity(() => rewrapKeys(depsOf(rotating), { masterKeyId: 'new', after: noInboxLeft }));
  expect(await turn()).toEqual({ after: null, rewrapped: 4, unreadable: 1 });
  expect(await inUse()).toEqual({ new: 4, gone: 1 });
  expect(await turn()).toEqual({ after: null, rewrapped: 0, unreadable: 1 });

  await database.api.asUser({ ...ann, roles: ['admin'] }, async (tx) => {
    for (const id of endpoints) {
      const endpoint = await getEndpoint(tx, id);
      expect(endpoint && openTarget(after, endpoint).url).toBe(URL_OF_RECEIVER);
    }
  });
  for (const user of [ann, bea]) {
    const [waiting] = await database.api.asUser(user, listPendingConnections);
    expect(waiting && openPending(after, waiting).adminState).toBe(user.userId);
  }
});

test('a data key rotates under running sync: nothing is lost, both open meanwhile, the old goes', async () => {
  const user = { orgId: 'rotation', userId: 'alice' };
  const keys = createTestKeyRing();
  await addContacts(database, user.orgId, contact('ann', 'ann@x.example'));
  const inbox = await connectSealed(keys, user);
  const ids = Array.from({ length: 450 }, (_, i) => `m${String(i).padStart(3, '0')}`);
  await fill(keys, inbox, ids);
  const [old] = await keysOf(inbox);
  const { inboxId } = inbox;
  await database.worker.asConnectedInbox(inbox, async (tx, row) => {
    await planBackfill(tx, 1, [{ from: 0, to: 1, addressIds: [], headersFirst: false }]);
    const key = await readDataKey(tx, keys, row);
    const sealed = sealPageToken(key, row, { n: 1, ordinal: 0 }, 'page two');
    expect(await advanceSlice(tx, 1, 0, sealed)).toBe(true);
  });
  const keyOf = async () =>
    database.worker.asInbox(inboxId, (tx, row) => readDataKey(tx, keys, row));
  const hash = lookupHash(await keyOf(), 'sender', 'ann@x.example');

  // Live mail that was fetched, and judged by the old key, when the rotation began.
  const live = depsOf(keys, {
    fetchBatchSize: 25,
    listChanges: async () => ({
      touchedIds: ['m100-live'],
      deletedIds: [],
      nextPageToken: null,
      cursor: { ...HEAD, historyId: '10' },
    }),
    fetchHeads: async () => [{ id: 'm100-live', outcome: 'found', message: message('m100-live') }],
    fetchMessages: async (): Promise<Fetched<MailMessage>[]> => {
      await beginKeyRotation(depsOf(keys), { inboxId });
      await beginKeyRotation(depsOf(keys), { inboxId });
      return [{ id: 'm100-live', outcome: 'found', message: message('m100-live') }];
    },
  });
  await inActivity(() => syncChanges(live, inbox));
  expect(await keysOf(inbox)).toHaveLength(2);
  const all = [...ids, 'm100-live'].map((id) => `subject ${id}`).sort();
  expect(await openAll(keys, inbox)).toEqual(all);

  // Killed after the first batch; how far it came was committed with it.
  const dying = depsOf(keys);
  let batches = 0;
  dying.database = Object.assign(Object.create(database.worker), {
    asInbox: (...args: Parameters<TestDatabase['worker']['asInbox']>) => {
      batches += 1;
      if (batches > 1) throw new Error('killed');
      return database.worker.asInbox(...args);
    },
  });
  await expect(inActivity(() => resealTurn(dying, { inboxId }))).rejects.toThrow('killed');
  expect(await openAll(keys, inbox)).toEqual(all);

  expect(await inActivity(() => resealTurn(depsOf(keys), { inboxId }))).toEqual({ done: true });
  expect(await keysOf(inbox)).toHaveLength(1);
  expect(await openAll(keys, inbox)).toEqual(all);
  expect(lookupHash(await keyOf(), 'sender', 'ann@x.example').equals(hash)).toBe(true);
  expect(await database.worker.asInbox(inboxId, (tx) => readDoomedKeys(tx, inboxId))).toEqual([
    old?.keyId,
  ]);
  await destroyKeys(depsOf(keys), { inboxId });
  expect(await keys.inboxKeys.list()).not.toContain(old?.keyId);
  expect(await openAll(keys, inbox)).toEqual(all);
  const owner = { orgId: user.orgId, inboxId };
  await expect(unwrapDataKey(keys, owner, old ? [old] : [])).rejects.toThrow(InboxKeyMissingError);
});

test('I4 I7 a rotation that meets a deletion writes nothing and leaves no key', async () => {
  const user = { orgId: 'rotation', userId: 'bob' };
  const keys = createTestKeyRing();
  const inbox = await connectSealed(keys, user);
  await fill(keys, inbox, ['m1', 'm2']);
  const { inboxId } = inbox;
  await beginKeyRotation(depsOf(keys), { inboxId });
  await database.api.asUser(user, (tx) => startDeletion(tx, inboxId));
  const sealed = () =>
    database.sql('select envelope_ct from messages where inbox_id = $1 order by id', [inboxId]);
  const before = await sealed();
  await expect(inActivity(() => resealTurn(depsOf(keys), { inboxId }))).rejects.toThrow(
    /history was deleted/,
  );
  expect(await sealed()).toEqual(before);
  await destroyKeys(depsOf(keys), { inboxId });
  expect(await keys.inboxKeys.list()).toEqual([]);
});

/** Whoever seals a further column must have a rotation seal it anew. */
test('a rotation knows every sealed column', async () => {
  const columns = await database.sql<{ name: string }>(
    `select table_name || '.' || column_name as name from information_schema.columns
     where table_schema = 'public' and right(column_name, 3) = '_ct' order by name`,
  );
  const byDataKey = [
    'backfill_slices.page_token_ct',
    'inboxes.profile_ct',
    'inboxes.tokens_ct',
    'messages.body_ct',
    'messages.envelope_ct',
    'outgoing_messages.content_ct',
    'sync_cursors.cursor_ct',
  ];
  // Of a quarter of an hour; the others are sealed anew with the data keys.
  const byMasterKey = [
    'event_endpoints.target_ct',
    'oauth_states.secret_ct',
    'pending_connections.secret_ct',
  ];
  expect(columns.map(({ name }) => name)).toEqual([...byDataKey, ...byMasterKey].sort());
});
