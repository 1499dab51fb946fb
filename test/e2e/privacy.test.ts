import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../config/config.ts';
import { openKeyRing } from '../../crypto/key-ring.ts';
import { Database } from '../../db/database.ts';
import { readDataKey } from '../../vault/data-keys.ts';
import { openTokens } from '../../vault/inbox-seals.ts';
import { type Person, startTestProduct, type TestProduct } from '../support/product.ts';

/** Planted in every place that mail has, each of its kind. */
const CANARY = {
  subject: 'zebrasubject',
  body: 'quokkabody',
  html: 'axolotlhtml',
  file: 'narwhalfile.pdf',
  sender: 'canary.sender@contact.example',
  stranger: 'canary.stranger@stranger.test',
  strangerSubject: 'pangolinsubject',
  messageId: 'okapi-message-id@contact.example',
  label: 'Capybaralabel',
  alias: 'canary.alias@brightwater.example',
} as const;

let test: TestProduct;
let ann: Person;
let ben: Person;
let olga: Person;
let inboxId: string;
let outlookId: string;

/** How tokens begin: Google's, and Microsoft's access and refresh tokens. */
const TOKENS = ['ya29.', '1//0e', 'eyJhbGciOiJSUzI1NiIs', '1.AX'];
/** Those that the inboxes hold in the end. */
let held: string[];

beforeAll(async () => {
  test = await startTestProduct({ env: { LOG_LEVEL: 'debug' } });
  [ann, ben] = [await test.person('ann', 'team'), await test.person('ben', 'team')];
  await test.emulator.setAliases({
    address: ann.address,
    aliases: [{ address: CANARY.alias, displayName: 'Alias' }],
  });
  const label = await test.emulator.createLabel({ address: ann.address, name: CANARY.label });
  await ann.putContacts({ bob: [CANARY.sender] });
  const canary = {
    from: `Bob <${CANARY.sender}>`,
    subject: CANARY.subject,
    text: CANARY.body,
    html: `<p>${CANARY.html}</p>`,
    messageId: CANARY.messageId,
    labels: ['INBOX', CANARY.label],
    attachments: [
      { filename: CANARY.file, contentType: 'application/pdf', contentBase64: 'JVBERi0=' },
    ],
  };
  await ann.add(canary);
  inboxId = await ann.connectAndBackfill();
  await ann.add({ ...canary, subject: `${CANARY.subject} live`, messageId: 'x@contact.example' });
  await ann.add({ from: CANARY.stranger, subject: CANARY.strangerSubject, text: CANARY.body });
  await ann.untilOnTimeline('bob', `${CANARY.subject} live`);
  const path = `/api/v1/inboxes/${inboxId}/scope`;
  await ann.api.put(path, { kind: 'label', labelId: label.id });
  await ann.untilBackfilled(inboxId, 'scope');
  await test.emulator.expireAccessTokens();
  await ann.add({ ...canary, subject: 'renewed', messageId: 'y@contact.example' });
  await ann.untilOnTimeline('bob', 'renewed');

  olga = await test.person('olga', 'team', { provider: 'outlook' });
  const { labels: _, ...inOutlook } = { ...canary, folder: CANARY.label };
  await olga.add(inOutlook);
  outlookId = await olga.connectAndBackfill();
  await test.emulator.expireAccessTokens({ address: olga.address });
  await olga.add({ from: CANARY.stranger, subject: CANARY.strangerSubject, text: CANARY.body });
  await olga.add({ ...inOutlook, subject: `${CANARY.subject} live` });
  await olga.untilOnTimeline('bob', `${CANARY.subject} live`);
  held = await heldTokens();
});
afterAll(() => test?.[Symbol.asyncDispose]());

/** All that the inboxes' grants can be used with, opened as a worker does. */
async function heldTokens(): Promise<string[]> {
  const keyRing = await openKeyRing(readConfig(test.product.env));
  await using database = await Database.open({ url: test.product.env.DATABASE_URL_WORKER ?? '' });
  const tokens = await Promise.all(
    [inboxId, outlookId].map((id) =>
      database.asInbox(id, async (tx, inbox) => {
        const key = await readDataKey(tx, keyRing, inbox);
        const { accessToken, renewal } = openTokens(key, inbox, inbox.tokensCt ?? Buffer.of());
        // Microsoft's renewal is a cache with tokens in it.
        const inCache = [...renewal.matchAll(/"secret":"([^"]+)"/g)].map(([, secret]) => secret);
        return [accessToken, ...(id === outlookId ? inCache : [renewal])] as string[];
      }),
    ),
  );
  return tokens.flat();
}

/** Text and bytes alike, in the forms that a leak would have. */
const formsOf = (secret: string): Buffer[] =>
  [secret, Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1)].map((text) =>
    Buffer.from(text),
  );

describe('P4 I6 nothing in clear', () => {
  /** The CRM's own contact table holds contact addresses; that is what it is for. */
  const secretsFor = (table: string): string[] => {
    const { sender, ...rest } = CANARY;
    return table === 'contact_addresses'
      ? [...Object.values(rest), ...held]
      : [...Object.values(rest), ...held, sender, ann.address, olga.address];
  };

  it('P4 I6 no subject, body, address, file name, label or token in any column of any table', async () => {
    const tables = await test.sql<{ name: string }>(
      `select table_name as name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    expect(tables.length).toBeGreaterThan(12);
    // An access and a refresh token of each grant.
    expect(new Set(held).size).toBeGreaterThanOrEqual(4);
    let cells = 0;
    for (const { name } of tables) {
      const rows = await test.sql<Record<string, unknown>>(`select * from "${name}"`);
      const columns = await test.sql<Record<string, unknown>>(
        `select t::text as text from "${name}" t`,
      );
      const secrets = secretsFor(name).flatMap(formsOf);
      for (const row of [...rows, ...columns]) {
        for (const [column, value] of Object.entries(row)) {
          const bytes = Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value) ?? '');
          cells += 1;
          for (const secret of secrets) {
            expect(bytes.includes(secret), `${secret} in ${name}.${column}`).toBe(false);
          }
          for (const token of TOKENS) {
            expect(bytes.includes(token), `${token}… in ${name}.${column}`).toBe(false);
          }
        }
      }
    }
    expect(cells).toBeGreaterThan(100);
  });

  it('P4 the same words seal to different bytes each time', async () => {
    const rows = await test.sql<{ body: string }>(
      `select encode(body_ct, 'hex') as body from messages where inbox_id = $1`,
      [inboxId],
    );
    expect(rows.length).toBeGreaterThanOrEqual(3);
    expect(new Set(rows.map(({ body }) => body)).size).toBe(rows.length);
  });

  it('I6 no log line of API or worker holds any of it', () => {
    const text = Buffer.from(test.lines.join('\n'));
    expect(test.lines.length).toBeGreaterThan(10);
    const addresses = [ann.address, olga.address];
    for (const secret of [...Object.values(CANARY), ...addresses, ...held].flatMap(formsOf)) {
      const at = text.indexOf(secret);
      expect(at < 0 ? '' : text.subarray(at - 200, at + 80).toString(), `${secret}`).toBe('');
    }
    for (const token of TOKENS) expect(text.includes(token), token).toBe(false);
  });

  it('I6 B11 no Temporal history holds any of it, and each is small', async () => {
    await catchUp(ann, { labels: ['INBOX', CANARY.label] });
    await catchUp(olga, {});
    const ids = [inboxId, outlookId].flatMap((id) => [
      `inbox/${id}`,
      `inbox/${id}/backfill/1`,
      `inbox/${id}/sync`,
    ]);
    for (const id of ids) {
      const history = await test.temporal.workflow.getHandle(id).fetchHistory();
      const payloads: Buffer[] = [];
      JSON.stringify(history, (_key, value: unknown) => {
        if (value instanceof Uint8Array) payloads.push(Buffer.from(value));
        return value;
      });
      const whole = Buffer.concat([...payloads, Buffer.from(JSON.stringify(history))]);
      expect(history.events?.length ?? 0).toBeGreaterThan(3);
      const addresses = [ann.address, olga.address];
      for (const secret of [...Object.values(CANARY), ...addresses, ...held].flatMap(formsOf)) {
        expect(whole.includes(secret), `${secret} in ${id}`).toBe(false);
      }
      for (const token of TOKENS) expect(whole.includes(token), token).toBe(false);
      for (const payload of payloads) expect(payload.length).toBeLessThan(2_048);
    }
  });
});

/** So much at once that the inbox catches up with it in a workflow of its own. */
async function catchUp(person: Person, place: { labels?: string[] }): Promise<void> {
  const mail = { ...place, from: CANARY.stranger, text: CANARY.body };
  await person.mailbox.troublePushes({ drop: 1 });
  await Promise.all(Array.from({ length: 21 }, () => person.add(mail)));
  await person.mailbox.troublePushes({});
  await person.add({ ...mail, from: CANARY.sender, subject: 'after many' });
  await person.untilOnTimeline('bob', 'after many');
}

describe('P3 B6 I5 teammates', () => {
  it('P3 I5 another teammate sees nothing through any route', async () => {
    const items = await ann.timeline('bob');
    expect(items.length).toBeGreaterThan(2);
    const [item] = items;
    expect(await ben.timeline('bob')).toEqual([]);
    expect((await ben.api.get<{ inboxes: unknown[] }>('/api/v1/inboxes')).inboxes).toEqual([]);
    const inbox = `/api/v1/inboxes/${inboxId}`;
    const hidden: [string, string, unknown?][] = [
      ['GET', inbox],
      ['GET', `${inbox}/scopes`],
      ['PUT', `${inbox}/scope`, { kind: 'contacts' }],
      ['GET', `${inbox}/backfills`],
      ['GET', `${inbox}/backfills/1`],
      ['POST', `${inbox}/reconnect`, {}],
      ['POST', `${inbox}/disconnect`],
      ['POST', `${inbox}/delete-history`, { confirm: 'delete' }],
      ['GET', `${inbox}/deletions/${inboxId}`],
      ['GET', `/api/v1/messages/${item?.id}`],
      ['GET', `/api/v1/messages/${item?.id}/attachments/1`],
      ['GET', `/api/v1/threads/${inboxId}/${item?.threadId}`],
    ];
    const stranger = await test.person('stranger', 'another-org');
    for (const [method, path, body] of hidden) {
      for (const other of [ben, stranger]) {
        const answer = await other.api.send(method, path, body);
        expect(answer.status, `${method} ${path}`).toBe(404);
        const text = JSON.stringify(answer.body);
        for (const secret of Object.values(CANARY)) expect(text).not.toContain(secret);
      }
    }
    expect((await stranger.api.send('GET', '/api/v1/contacts/bob/timeline')).status).toBe(404);
    expect((await ann.inbox(inboxId)).status).toBe('connected');
    expect(await ann.timeline('bob')).toHaveLength(items.length);
  });

  it('B6 I5 the database itself gives a teammate no row, whatever is asked', async () => {
    const { Client } = await import('pg');
    const client = new Client({ connectionString: test.product.env.DATABASE_URL_API });
    await client.connect();
    try {
      const count = async (user: string, table: string): Promise<number> => {
        await client.query('begin');
        await client.query(
          `select set_config('app.user_id', $1, true), set_config('app.org_id', 'team', true)`,
          [user],
        );
        const { rowCount } = await client.query(`select from ${table}`);
        await client.query('rollback');
        return rowCount ?? 0;
      };
      for (const table of ['messages', 'message_contacts', 'inboxes', 'verdicts', 'inbox_keys']) {
        expect(await count(ann.identity.userId, table), table).toBeGreaterThan(0);
        expect(await count(ben.identity.userId, table), table).toBe(0);
        expect(await count('', table), table).toBe(0);
      }
    } finally {
      await client.end();
    }
  });

  it('P3 with no token, a forged one or an expired one there is nothing', async () => {
    for (const authorization of ['', 'Bearer x', 'Bearer eyJhbGciOiJub25lIn0.e30.']) {
      const response = await fetch(new URL('/api/v1/inboxes', test.product.apiUrl), {
        headers: authorization ? { authorization } : {},
      });
      expect(response.status).toBe(401);
    }
  });
});
