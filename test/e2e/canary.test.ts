import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../config/config.ts';
import { InboxKeyMissingError } from '../../crypto/key-provider.ts';
import { openKeyRing } from '../../crypto/key-ring.ts';
import { SealBrokenError } from '../../crypto/seal.ts';
import { Database } from '../../db/database.ts';
import { startPostgres } from '../../stack/postgres.ts';
import { startTemporal } from '../../stack/temporal.ts';
import { readDataKey } from '../../vault/data-keys.ts';
import { openTokens } from '../../vault/inbox-seals.ts';
import { openBody, openEnvelope } from '../../vault/message-seals.ts';
import { CANARIES, CONTACT, LATE_CONTACT, live } from '../support/canary-life.ts';
import { type EventReceiver, startEventReceiver } from '../support/event-receiver.ts';
import { createTestKeyRing, keyDirectory } from '../support/key-ring.ts';
import { backUp } from '../support/postgres-backup.ts';
import { type Person, startTestProduct, type TestProduct } from '../support/product.ts';
import { findIn, scanFiles } from '../support/scan.ts';
import { until } from '../support/until.ts';

/** The addresses of the mailboxes, the grants' tokens and the endpoints' secrets join them. */
const SECRETS = new Set<string>(Object.values(CANARIES));
/** Every token that an inbox was ever given, by its provider, as far as we looked. */
const TOKENS = { gmail: new Set<string>(), outlook: new Set<string>() };

let cleanup: AsyncDisposableStack;
let test: TestProduct;
/** Two users, each in an org of their own. */
let people: Person[];
let inboxIds: string[];
let receiver: EventReceiver;
let directory: string;
let dataDir: string;
/** The database as it was before the deletion, running. */
let restored: Database;
/** What the restored database opened while the histories were there, by inbox. */
let openedBefore: string[][];
const serverLines: string[] = [];

beforeAll(async () => {
  await using starting = new AsyncDisposableStack();
  directory = await mkdtemp(join(tmpdir(), 'sambandh-canary-'));
  // For root's Postgres, which runs as somebody else.
  await chmod(directory, 0o755);
  starting.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  const postgres = starting.use(
    await startPostgres({
      dataDir: join(directory, 'postgres'),
      durable: true,
      // Words that were compressed would not be found, whether they are there or not.
      settings: { wal_compression: 'off', wal_level: 'replica', full_page_writes: 'on' },
      log: (line) => serverLines.push(line),
    }),
  );
  dataDir = postgres.dataDir ?? '';
  const temporal = starting.use(
    await startTemporal({ ui: false, dbFilename: join(directory, 'temporal.db') }),
  );
  test = starting.use(
    await startTestProduct({
      postgresUrl: postgres.url,
      temporalAddress: temporal.address,
      env: { LOG_LEVEL: 'trace' },
    }),
  );
  receiver = starting.use(await startEventReceiver());
  const database = starting.use(
    await Database.open({ url: test.product.env.DATABASE_URL_WORKER ?? '' }),
  );
  const name = { displayName: CANARIES.name, address: CANARIES.own };
  const roles = ['admin'];
  people = [
    await test.person('ann', 'ann', { roles }),
    await test.person('olga', 'olga', {
      roles,
      provider: 'outlook',
      aliases: [CANARIES.ownOutlook],
    }),
  ];
  await test.emulator.setAliases({ address: people[0]?.address ?? '', aliases: [name] });
  inboxIds = await Promise.all(people.map((person) => liveAs(person, database)));
  restored = await restore(postgres.url, starting);
  openedBefore = await Promise.all(inboxIds.map((inboxId) => subjectsIn(restored, inboxId)));
  await Promise.all(people.map((person, i) => end(person, inboxIds[i] ?? '')));
  // Everything onto the disk.
  await test.sql('checkpoint');
  cleanup = starting.move();
}, 240_000);
afterAll(() => cleanup?.disposeAsync());

async function liveAs(person: Person, database: Database): Promise<string> {
  const granted = (inboxId: string): Promise<void> => noteTokens(database, person, inboxId);
  const { inboxId, endpointSecret } = await live({ test, person, receiver, granted });
  for (const secret of [person.address, endpointSecret]) SECRETS.add(secret);
  return inboxId;
}

async function restore(url: string, starting: AsyncDisposableStack): Promise<Database> {
  const target = join(directory, 'backup');
  await backUp(url, dataDir, target);
  const copy = starting.use(await startPostgres({ dataDir: target, durable: true }));
  const worker = new URL(test.product.env.DATABASE_URL_WORKER ?? '');
  worker.port = new URL(copy.url).port;
  return starting.use(await Database.open({ url: worker.href }));
}

/** All that a grant lets anybody do: for Outlook what msal's cache holds as well. */
async function noteTokens(database: Database, person: Person, inboxId: string): Promise<void> {
  const keyRing = await openKeyRing(readConfig(test.product.env));
  const { accessToken, renewal } = await database.asInbox(inboxId, async (tx, inbox) =>
    openTokens(await readDataKey(tx, keyRing, inbox), inbox, inbox.tokensCt ?? Buffer.alloc(0)),
  );
  const tokens = [accessToken];
  if (person.provider === 'gmail') tokens.push(renewal);
  else JSON.parse(renewal, (name, value) => (name === 'secret' ? tokens.push(value) : value));
  for (const token of tokens) {
    TOKENS[person.provider].add(token);
    SECRETS.add(token);
  }
}

/** Opens all mail of an inbox with the keys of the running product. */
async function subjectsIn(database: Database, inboxId: string): Promise<string[]> {
  const keyRing = await openKeyRing(readConfig(test.product.env));
  return await database.asInbox(inboxId, async (tx, inbox) => {
    const key = await readDataKey(tx, keyRing, inbox);
    if (inbox.tokensCt) openTokens(key, inbox, inbox.tokensCt);
    const rows = await tx.sql<{ id: string; envelope_ct: Buffer; body_ct: Buffer }>(
      'select id, envelope_ct, body_ct from messages where inbox_id = app_inbox()',
    );
    return rows.map((row) => {
      const ref = { orgId: inbox.orgId, inboxId, messageId: row.id };
      openBody(key, ref, row.body_ct);
      return openEnvelope(key, ref, row.envelope_ct).subject;
    });
  });
}

async function end(person: Person, inboxId: string): Promise<void> {
  const path = `/api/v1/inboxes/${inboxId}`;
  const { deletionId } = await person.api.post<{ deletionId: string }>(`${path}/delete-history`, {
    confirm: 'delete',
  });
  await until('the receipt of the deletion', async () => {
    const receipt = await person.api.get<{ finishedAt: string | null }>(
      `${path}/deletions/${deletionId}`,
    );
    return receipt.finishedAt;
  });
}

describe('I7 a backup from before the deletion', () => {
  it('opened while the history was there', () => {
    for (const subjects of openedBefore) {
      expect(subjects).toContain(CANARIES.subject);
      expect(subjects).toContain(CANARIES.late);
      expect(subjects).toContain(CANARIES.sentSubject);
      expect(subjects.length).toBeGreaterThanOrEqual(5);
    }
  });

  it('opens nothing of it afterwards, with the master key and everything that is left', async () => {
    for (const inboxId of inboxIds) {
      await expect(subjectsIn(restored, inboxId)).rejects.toThrow(InboxKeyMissingError);
      // The wrapped key and the mail are all there: what is missing is not in any database.
      const { keys, messages } = await restored.asInbox(inboxId, async (tx) => ({
        keys: await tx.sql<{ key_id: string; wrapped_key: Buffer }>('select * from inbox_keys'),
        messages: await tx.sql('select id from messages'),
      }));
      expect(keys).toHaveLength(1);
      expect(messages.length).toBeGreaterThanOrEqual(5);
      const thief = createTestKeyRing(test.product.env.MASTER_KEYS, keyDirectory());
      const keyId = keys[0]?.key_id ?? '';
      await thief.inboxKeys.create(keyId);
      await expect(
        restored.asInbox(inboxId, (tx, inbox) => readDataKey(tx, thief, inbox)),
      ).rejects.toThrow(SealBrokenError);
    }
  });
});

describe('I6 after the whole life of an inbox of each provider', () => {
  const everything = (): string[] => [...SECRETS, CONTACT, LATE_CONTACT];

  it('every token that was given is searched for, replaced ones too', () => {
    const count = (tokens: Set<string>, like: RegExp): number =>
      [...tokens].filter((token) => like.test(token)).length;
    // By the connect, the consent to send, a renewal and the reconnect.
    expect(count(TOKENS.gmail, /^ya29/)).toBe(4);
    expect(count(TOKENS.outlook, /^1\.AX/), 'refresh tokens in the cache of msal').toBe(4);
    expect(count(TOKENS.outlook, /^eyJ/), 'access and identity').toBe(8);
    // Google's refresh token stays when it renews.
    expect(count(TOKENS.gmail, /^1\/\//)).toBe(3);
  });

  it('the data directory of Postgres and its WAL hold nothing in clear', () => {
    const control = scanFiles(dataDir, [CONTACT]);
    const wal = control.hits.filter((hit) => hit.includes('pg_wal'));
    const tables = control.hits.filter((hit) => hit.includes('base'));
    expect(wal, 'the scan sees what the WAL holds').not.toEqual([]);
    expect(tables, 'the scan sees what tables hold').not.toEqual([]);
    expect(control.bytes).toBeGreaterThan(20_000_000);
    expect(scanFiles(dataDir, [...SECRETS]).hits).toEqual([]);
  });

  it('nor does a dump of any table, but for the addresses of contacts in theirs', async () => {
    const client = new Client({ connectionString: test.product.databaseUrl });
    await client.connect();
    const { rows: tables } = await client.query<{ name: string }>(
      `select table_name as name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    const hits: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(
        `select t::text as text from "${name}" t`,
      );
      const dump = Buffer.from(rows.map(({ text }) => text).join('\n'));
      hits.push(...findIn(dump, everything()).map((secret) => `${secret} in ${name}`));
    }
    await client.end();
    expect(hits.sort()).toEqual([
      `${CONTACT} in contact_addresses`,
      `${LATE_CONTACT} in contact_addresses`,
    ]);
  });

  it('nor does anything that Temporal has written, where not even an id can be read in a payload', async () => {
    expect(scanFiles(directory, everything(), 'temporal.db*').hits).toEqual([]);
    const ids = inboxIds.map((inboxId) => `inbox/${inboxId}`);
    const control = scanFiles(directory, ids, 'temporal.db*').hits.join();
    for (const id of ids) expect(control, 'the scan sees its file').toContain(id);

    let payloads = 0;
    for await (const { workflowId, runId } of test.temporal.workflow.list()) {
      const handle = test.temporal.workflow.getHandle(workflowId, runId);
      const history = await handle.fetchHistory();
      const raw: Buffer[] = [];
      JSON.stringify(history, (name, value: unknown) => {
        if (value instanceof Uint8Array) raw.push(Buffer.from(value));
        // Search attributes hold ids and states by design: operators filter by them.
        return name === 'searchAttributes' || name === 'indexedFields' ? undefined : value;
      });
      const whole = Buffer.concat([...raw, Buffer.from(JSON.stringify(history))]);
      expect(findIn(whole, everything()), workflowId).toEqual([]);
      for (const event of history.events ?? []) {
        const input = event.activityTaskScheduledEventAttributes?.input?.payloads ?? [];
        for (const payload of input) {
          payloads += 1;
          expect(Buffer.from(payload.metadata?.encoding ?? []).toString()).toBe('binary/encrypted');
          const data = Buffer.from(payload.data ?? []);
          expect(inboxIds.some((inboxId) => data.includes(inboxId))).toBe(false);
        }
      }
    }
    expect(payloads).toBeGreaterThan(10);
  });

  it('nor does any line of a log, nor the directory of inbox keys', () => {
    const log = Buffer.from([...test.lines, ...serverLines].join('\n'));
    expect(test.lines.length).toBeGreaterThan(20);
    expect(log.includes('"route":"/api/v1/inboxes/:id/disconnect"')).toBe(true);
    expect(findIn(log, everything())).toEqual([]);
    const keys = scanFiles(test.product.env.INBOX_KEYS_DIR ?? '', everything());
    // Their secrets went with the histories.
    expect(keys).toEqual({ hits: [], files: 0, bytes: 0 });
  });

  it('the scan finds a word however it is written down', () => {
    const secret = CANARIES.subject;
    for (const text of [
      `{"subject":"${secret}"}`,
      Buffer.from(`a${secret} and more`).toString('base64'),
      Buffer.from(`ab${secret} and more`).toString('base64'),
      Buffer.from(`abc${secret} and more`).toString('base64'),
      Buffer.from(secret).toString('hex'),
    ]) {
      expect(findIn(Buffer.from(text), [secret]), text).toEqual([secret]);
    }
    expect(findIn(Buffer.from(secret, 'utf16le'), [secret])).toEqual([secret]);
    expect(findIn(Buffer.from(secret.slice(1)), [secret])).toEqual([]);
  });
});
