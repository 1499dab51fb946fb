import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../config/config.ts';
import { diagnose } from '../../setup/doctor/diagnose.ts';
import {
  type Person,
  startTestProduct,
  storedIds,
  type TestProduct,
  until,
} from '../support/product.ts';

let test: TestProduct;
beforeAll(async () => {
  test = await startTestProduct({ env: { GMAIL_BATCH_SIZE: '5' } });
});
afterAll(() => test?.[Symbol.asyncDispose]());

interface Printed {
  code: number;
  out: string;
}

/** A command as an operator runs it. */
function run(script: string, args: string[], env: Record<string, string> = {}): Promise<Printed> {
  const path = fileURLToPath(new URL(`../../setup/${script}`, import.meta.url));
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [path, ...args],
      { env: { ...process.env, ...test.product.env, ...env } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), out: stdout + stderr }),
    );
  });
}
const ops = (...args: string[]): Promise<Printed> => run('ops.ts', args);

const REFUSED = {
  kind: 'status',
  status: 400,
  body: { error: { code: 400, message: 'Invalid', errors: [{ reason: 'invalidArgument' }] } },
} as const;

const seeded = async (): Promise<{ person: Person; ids: string[] }> => {
  const person = await test.person();
  await person.putContacts({ bob: ['bob.lee@contact.example'] });
  const ids: string[] = [];
  for (let i = 0; i < 12; i += 1) {
    const { id } = await person.add({
      from: 'bob.lee@contact.example',
      subject: `mail ${i}`,
      internalDate: Date.now() - (i + 1) * 5 * 86_400_000,
    });
    ids.push(id);
  }
  return { person, ids };
};

const untilState = (inboxId: string, n: number, states: string[]): Promise<string> =>
  until(`backfill ${n} being ${states}`, async () => {
    const [row] = await test.sql<{ state: string }>(
      'select state from backfills where inbox_id = $1 and n = $2',
      [inboxId, n],
    );
    return row && states.includes(row.state) ? row.state : null;
  });

/** Text of the mails that say how the person's backfills ended. */
const receiptMails = ({ address }: Person): string[] =>
  test.smtp
    .messages()
    .filter(({ to, subject }) => to.includes(address) && /history/.test(subject))
    .map(({ text }) => text);

describe('operators', () => {
  it('B11 replay what failed of a backfill, and nothing else, as often as they like', async () => {
    const { person, ids } = await seeded();
    const [poison = ''] = ids;
    const fault = { mailbox: person.address, method: 'gmail.users.messages.get' };
    await test.emulator.armFault({ ...fault, effect: REFUSED, messageId: poison });
    const inboxId = await person.connectAndBackfill();
    const failed = await ops('backfills', 'list', '--failed', '--inbox', inboxId);
    expect(failed).toMatchObject({ code: 0, out: expect.stringContaining(`${inboxId}.1`) });
    expect((await ops('explain', `${inboxId}.1`)).out).toMatch(/1 failed: \w+[\s\S]*not whole/);
    await test.untilEnded(`inbox/${inboxId}/backfill/1`);
    expect(receiptMails(person)).toEqual([
      expect.stringMatching(
        /it added 11 emails[\s\S]*- 1 could not be added: the mail provider would not hand it over\.[\s\S]*Ask your operator to look into it\./,
      ),
    ]);

    await test.emulator.clearFaults();
    await test.emulator.clearLog();
    const replayed = await ops('replay', `${inboxId}.1`, '--json');
    expect(replayed).toMatchObject({ code: 0 });
    const { n } = JSON.parse(replayed.out);
    await untilState(inboxId, n, ['completed']);
    expect((await storedIds(test, inboxId)).sort()).toEqual([...ids].sort());
    const gets = await test.calls({ method: 'gmail.users.messages.get' });
    expect(new Set(gets.map(({ messageId }) => messageId))).toEqual(new Set([poison]));
    const backfills = await person.backfills(inboxId);
    expect(backfills.find((one) => one.n === n)?.receipt).toMatchObject({
      ...{ seen: 1, stored: 1, failed: 0, missing: 0 },
    });
    expect((await ops('explain', `${inboxId}.1`)).out).toMatch(
      /do {6}Nothing: it is whole\.[\s\S]*12 seen = 12 stored .* 0 failed.*[\s\S]*✓ whole/,
    );

    const again = await ops('replay', `${inboxId}.1`, '--json');
    expect(JSON.parse(again.out)).toMatchObject({ outcome: 'whole', n });
    await test.untilEnded(`inbox/${inboxId}/backfill/${n}`);
    expect(receiptMails(person)).toHaveLength(1);
    const [audited] = await test.sql<{ count: number }>(
      "select count(*)::int as count from audit_log where act = 'backfill.replayed' and inbox_id = $1",
      [inboxId],
    );
    expect(audited).toEqual({ count: 1 });
  }, 60_000);

  it('B11 I1 replay a backfill that was given up, in bulk, after a look at what that would do', async () => {
    const { person, ids } = await seeded();
    const list = { mailbox: person.address, method: 'gmail.users.messages.list' };
    await test.emulator.armFault({ ...list, effect: REFUSED, skip: 1 });
    const inboxId = await person.connect();
    await untilState(inboxId, 1, ['failed']);
    expect((await ops('explain', `${inboxId}.1`)).out).toContain('RequestRefused');
    await test.emulator.clearFaults();
    const [given] = await person.backfills(inboxId);
    expect(given?.receipt?.words.headline).toMatch(/ stopped before its end: it has added /);

    const bulk = ['replay', '--all', '--inbox', inboxId];
    expect(await ops(...bulk, '--dry-run')).toMatchObject({
      code: 0,
      out: expect.stringContaining('would_replay'),
    });
    expect(
      await test.sql('select from backfills where inbox_id = $1 and replays = 1', [inboxId]),
    ).toEqual([]);
    expect(receiptMails(person)).toEqual([]);
    expect((await ops(...bulk)).code).toBe(0);
    await until(
      'everything stored',
      async () => (await storedIds(test, inboxId)).length === ids.length,
    );
    const [replay] = await test.sql<{ n: number }>(
      'select n from backfills where inbox_id = $1 and replays = 1',
      [inboxId],
    );
    await untilState(inboxId, replay?.n ?? 0, ['completed']);
    await test.untilEnded(`inbox/${inboxId}/backfill/${replay?.n}`);
    // The user is told once it is done (P7), of all that came in and not of the replay's part.
    expect(receiptMails(person)).toEqual([
      expect.stringContaining('The first import is done: it added 12 emails.'),
    ]);
    expect((await ops('explain', `${inboxId}.1`)).out).toMatch(
      /do {6}Nothing: it is whole\.[\s\S]*12 seen = 12 stored [\s\S]*✓ whole/,
    );
    expect((await ops('backfills', 'list', '--failed', '--inbox', inboxId)).out).toContain(
      'No backfills',
    );

    await person.disconnect(inboxId);
    expect(await ops('wake', inboxId)).toMatchObject({ code: 1 });
  }, 60_000);

  it('I1 mend a client secret that has ended, and running backfills go on with the new one', async () => {
    const { person, ids } = await seeded();
    const list = { mailbox: person.address, method: 'gmail.users.messages.list' };
    await test.emulator.armFault({
      ...{ ...list, times: 1 },
      effect: { kind: 'preset', preset: 'unauthorized401' },
    });
    // The first exchanges the code of the connect.
    const ended = { kind: 'status', status: 401, body: { error: 'invalid_client' } } as const;
    await test.emulator.armFault({ method: 'oauth.token', skip: 1, effect: ended });
    const inboxId = await person.connect();
    await until('the client refused', async () => {
      const calls = await test.calls({ method: 'oauth.token' });
      return calls.some(({ status }) => status === 401);
    });
    await test.emulator.clearFaults();
    await untilState(inboxId, 1, ['completed']);
    expect((await storedIds(test, inboxId)).sort()).toEqual([...ids].sort());
  }, 60_000);

  it('B11 read logs in which every line about an inbox names it and its epoch', async () => {
    const rows = await test.sql<{ id: string }>('select id from inboxes');
    const lines = test.lines.filter((line) => rows.some(({ id }) => line.includes(id)));
    // The fault of the first test, a backfill given up, a disconnect.
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) {
      expect(JSON.parse(line), line).toMatchObject({
        inboxId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        epoch: expect.any(Number),
      });
    }
  });

  it('say what they do not know, and who may not ask', async () => {
    expect((await ops('backfills', 'dance')).code).toBe(2);
    expect((await ops('replay', 'not-an-id')).code).toBe(1);
    const person = await test.person();
    expect((await person.api.send('GET', '/api/v1/ops/backfills')).status).toBe(403);
  });
});

describe('npm run doctor', () => {
  const healthy = () => ({
    DATABASE_URL: test.product.databaseUrl,
    MAIL_FROM: 'Sambandh <mail@sambandh.example>',
  });
  /** What is wrong, without a process for each. */
  const wrongWith = async (env: Record<string, string>): Promise<string> => {
    const config = readConfig({ ...test.product.env, ...healthy(), ...env });
    const found = await diagnose(config, test.product.databaseUrl);
    const all = found.flatMap(({ findings }) => findings);
    return all.flatMap(({ level, text }) => (level === 'bad' ? text : [])).join('\n');
  };

  it('finds nothing wrong where all is right', async () => {
    const { code, out } = await run('doctor.ts', [], healthy());
    expect(out).toContain('✓ Nothing is wrong.');
    expect(out).toMatch(
      /✓ the schema is up to date[\s\S]*✓ Google knows[\s\S]*✓ GRAPH_PUSH_URL leads/,
    );
    expect(code).toBe(0);
  }, 30_000);

  /** Each broken alone, and the words that name it. */
  const broken: [name: string, env: Record<string, string>, words: RegExp][] = [
    [
      'a role’s password',
      { DATABASE_URL_API: 'postgres://x:y@127.0.0.1:1/z' },
      /DATABASE_URL_API: Postgres/,
    ],
    ['a key', { MASTER_KEYS: 'k1:short' }, /MASTER_KEYS/],
    ['the key directory', { INBOX_KEYS_DIR: '/nowhere' }, /\/nowhere/],
    ['Temporal’s address', { TEMPORAL_ADDRESS: '127.0.0.1:1' }, /Temporal does not answer/],
    ['the namespace', { TEMPORAL_NAMESPACE: 'nowhere' }, /namespace nowhere/],
    [
      'a deployment without a current build',
      { TEMPORAL_DEPLOYMENT: 'none', TEMPORAL_BUILD_ID: '1' },
      /no build of none is current/,
    ],
    ['Google’s secret', { GOOGLE_CLIENT_SECRET: 'wrong' }, /Google refuses/],
    ['the topic', { GMAIL_PUBSUB_TOPIC: 'gmail' }, /GMAIL_PUBSUB_TOPIC must read/],
    ['Microsoft’s secret', { MICROSOFT_CLIENT_SECRET: 'wrong' }, /AADSTS7000215/],
    [
      'the notification address',
      { GRAPH_PUSH_URL: 'http://127.0.0.1:1' },
      /GRAPH_PUSH_URL does not answer/,
    ],
    [
      'a hidden notification address',
      { GRAPH_PUSH_URL: 'https://10.0.0.1', GRAPH_API_ROOT: 'https://graph.microsoft.com' },
      /10\.0\.0\.1 is not public/,
    ],
    ['the mail server', { SMTP_URL: 'smtp://127.0.0.1:1' }, /SMTP_URL/],
  ];
  it.each(broken)(
    'names what is wrong with %s',
    async (_, env, words) => {
      expect(await wrongWith(env)).toMatch(words);
    },
    30_000,
  );

  it('says what the environment lacks, as any process does', async () => {
    const { code, out } = await run('doctor.ts', [], { GMAIL_PUSH_AUDIENCE: '' });
    expect(out).toMatch(/GMAIL_PUSH_AUDIENCE: needed together/);
    expect(code).toBe(1);
  }, 30_000);
});
