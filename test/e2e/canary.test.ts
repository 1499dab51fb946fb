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
import { createTestKeyRing, keyDirectory } from '../support/key-ring.ts';
import { backUp } from '../support/postgres-backup.ts';
import { type Person, startTestProduct, type TestProduct } from '../support/product.ts';
import { findIn, scanFiles } from '../support/scan.ts';
import { until } from '../support/until.ts';

/** Planted wherever mail and grants have words, each of its kind; none is a word of ours. */
const CANARIES = {
  subject: 'zyzzyvasubject',
  text: 'xoloitzcuintlitext',
  html: 'quetzalcoatlushtml',
  file: 'wobbegongfile.pdf',
  name: 'Ixodidae Pademelon',
  stranger: 'kakapo.stranger@thylacine.test',
  strangerSubject: 'saiga-antelope-subject',
  messageId: 'vaquita-message-id@thylacine.test',
  label: 'Fossalabel',
  late: 'numbatlatesubject',
  // Of the mailbox's own names
  own: 'jerboa.own@brightwater.example',
} as const;
/** The grant's tokens join them as soon as there are some. */
const SECRETS: string[] = Object.values(CANARIES);

/** In the CRM's own contact table, where addresses belong: what a scan must find there. */
const CONTACT = 'aardwolf@contact.example';
const LATE_CONTACT = 'binturong@contact.example';

let cleanup: AsyncDisposableStack;
let test: TestProduct;
let ann: Person;
let inboxId: string;
let directory: string;
let dataDir: string;
/** The database as it was before the deletion, running. */
let restored: Database;
/** What the restored database opened while the history was there. */
let openedBefore: string[];
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
  await live();
  restored = await restore(postgres.url, starting);
  openedBefore = await subjectsIn(restored);
  await end();
  cleanup = starting.move();
}, 240_000);
afterAll(() => cleanup?.disposeAsync());

const mail = (subject: string, contact = CONTACT) => ({
  from: `${CANARIES.name} <${contact}>`,
  subject,
  text: CANARIES.text,
  html: `<p>${CANARIES.html}</p>`,
  attachments: [
    { filename: CANARIES.file, contentType: 'application/pdf', contentBase64: 'JVBERi0=' },
  ],
});

/** Connect, backfill, live mail, a late contact, disconnect, reconnect. */
async function live(): Promise<void> {
  ann = await test.person('ann');
  const { address } = ann;
  await test.emulator.setAliases({
    address,
    aliases: [{ address: CANARIES.own, displayName: CANARIES.name }],
  });
  await test.emulator.createLabel({ address, name: CANARIES.label });
  await ann.putContacts({ bob: [CONTACT] });
  await ann.add({
    ...mail(CANARIES.subject),
    messageId: CANARIES.messageId,
    labels: ['INBOX', CANARIES.label],
  });
  await ann.add({ from: CANARIES.stranger, subject: CANARIES.strangerSubject, text: 'x' });
  await ann.add(mail(CANARIES.late, LATE_CONTACT));
  inboxId = await ann.connectAndBackfill();
  await ann.add(mail(`${CANARIES.subject} live`));
  await ann.untilOnTimeline('bob', `${CANARIES.subject} live`);
  await ann.putContacts({ bob: [CONTACT], late: [LATE_CONTACT] });
  await ann.untilOnTimeline('late', CANARIES.late);
  await ann.disconnect(inboxId);
  await ann.reconnect(inboxId);
  await ann.add(mail(`${CANARIES.subject} again`));
  await ann.untilOnTimeline('bob', `${CANARIES.subject} again`);
}

async function restore(url: string, starting: AsyncDisposableStack): Promise<Database> {
  const target = join(directory, 'backup');
  await backUp(url, dataDir, target);
  const copy = starting.use(await startPostgres({ dataDir: target, durable: true }));
  const worker = new URL(test.product.env.DATABASE_URL_WORKER ?? '');
  worker.port = new URL(copy.url).port;
  return starting.use(await Database.open({ url: worker.href }));
}

/** Opens all mail of the inbox, and its tokens, with the keys of the running product. */
async function subjectsIn(database: Database): Promise<string[]> {
  const keyRing = await openKeyRing(readConfig(test.product.env));
  return await database.asInbox(inboxId, async (tx, inbox) => {
    const key = await readDataKey(tx, keyRing, inbox);
    if (inbox.tokensCt) {
      const { accessToken, renewal } = openTokens(key, inbox, inbox.tokensCt);
      SECRETS.push(accessToken, renewal);
    }
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

async function end(): Promise<void> {
  const path = `/api/v1/inboxes/${inboxId}`;
  const { deletionId } = await ann.api.post<{ deletionId: string }>(`${path}/delete-history`, {
    confirm: 'delete',
  });
  await until('the receipt of the deletion', async () => {
    const receipt = await ann.api.get<{ finishedAt: string | null }>(
      `${path}/deletions/${deletionId}`,
    );
    return receipt.finishedAt;
  });
  // Everything onto the disk.
  await test.sql('checkpoint');
}

describe('I7 a backup from before the deletion', () => {
  it('opened while the history was there', () => {
    expect(openedBefore).toContain(CANARIES.subject);
    expect(openedBefore).toContain(CANARIES.late);
    expect(openedBefore.length).toBeGreaterThanOrEqual(4);
    // And the tokens, which all that follows is searched for too.
    expect(SECRETS.length).toBe(Object.keys(CANARIES).length + 2);
  });

  it('opens nothing of it afterwards, with the master key and everything that is left', async () => {
    await expect(subjectsIn(restored)).rejects.toThrow(InboxKeyMissingError);
    // The wrapped key and the mail are all there: what is missing is not in any database.
    const { keys, messages } = await restored.asInbox(inboxId, async (tx) => ({
      keys: await tx.sql<{ key_id: string; wrapped_key: Buffer }>('select * from inbox_keys'),
      messages: await tx.sql('select id from messages'),
    }));
    expect(keys).toHaveLength(1);
    expect(messages.length).toBeGreaterThanOrEqual(4);
    const thief = createTestKeyRing(test.product.env.MASTER_KEYS, keyDirectory());
    const keyId = keys[0]?.key_id ?? '';
    await thief.inboxKeys.create(keyId);
    await expect(
      restored.asInbox(inboxId, (tx, inbox) => readDataKey(tx, thief, inbox)),
    ).rejects.toThrow(SealBrokenError);
  });
});

describe('I6 after the whole life of an inbox', () => {
  it('the data directory of Postgres and its WAL hold nothing in clear', () => {
    const control = scanFiles(dataDir, [CONTACT]);
    const wal = control.hits.filter((hit) => hit.includes('pg_wal'));
    const tables = control.hits.filter((hit) => hit.includes('base'));
    expect(wal, 'the scan sees what the WAL holds').not.toEqual([]);
    expect(tables, 'the scan sees what tables hold').not.toEqual([]);
    expect(control.bytes).toBeGreaterThan(20_000_000);
    expect(scanFiles(dataDir, [...SECRETS, ann.address]).hits).toEqual([]);
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
      const planted = [...SECRETS, CONTACT, LATE_CONTACT, ann.address];
      hits.push(...findIn(dump, planted).map((secret) => `${secret} in ${name}`));
    }
    await client.end();
    expect(hits.sort()).toEqual([
      `${CONTACT} in contact_addresses`,
      `${LATE_CONTACT} in contact_addresses`,
    ]);
  });

  it('nor does anything that Temporal has written, where not even an id can be read in a payload', async () => {
    const everything = [...SECRETS, CONTACT, LATE_CONTACT, ann.address];
    const files = scanFiles(directory, everything).hits.filter((hit) => /temporal\.db/.test(hit));
    expect(files).toEqual([]);
    const control = scanFiles(directory, [`inbox/${inboxId}`]).hits;
    expect(
      control.some((hit) => /temporal\.db/.test(hit)),
      'the scan sees its file',
    ).toBe(true);

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
      expect(findIn(whole, everything), workflowId).toEqual([]);
      for (const event of history.events ?? []) {
        const input = event.activityTaskScheduledEventAttributes?.input?.payloads ?? [];
        for (const payload of input) {
          payloads += 1;
          expect(Buffer.from(payload.metadata?.encoding ?? []).toString()).toBe('binary/encrypted');
          expect(Buffer.from(payload.data ?? []).includes(inboxId)).toBe(false);
        }
      }
    }
    expect(payloads).toBeGreaterThan(10);
  });

  it('nor does any line of a log, nor the directory of inbox keys', () => {
    const log = Buffer.from([...test.lines, ...serverLines].join('\n'));
    const everything = [...SECRETS, CONTACT, LATE_CONTACT, ann.address];
    expect(test.lines.length).toBeGreaterThan(20);
    expect(log.includes('"route":"/api/v1/inboxes/:id/disconnect"')).toBe(true);
    expect(findIn(log, everything)).toEqual([]);
    const keys = scanFiles(test.product.env.INBOX_KEYS_DIR ?? '', everything);
    // Its one secret went with the history.
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
