import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const OPS = fileURLToPath(new URL('../../setup/ops.ts', import.meta.url));

/** The command line as an operator runs it. */
function ops(...args: string[]): Promise<{ code: number; out: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [OPS, ...args],
      { env: { ...process.env, ...test.product.env } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), out: stdout + stderr }),
    );
  });
}

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
    expect((await ops('explain', `${inboxId}.1`)).out).toMatch(/0 failed.*[\s\S]*✓ whole/);

    const again = await ops('replay', `${inboxId}.1`, '--json');
    expect(JSON.parse(again.out)).toMatchObject({ outcome: 'whole', n });
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

    const bulk = ['replay', '--all', '--inbox', inboxId];
    expect(await ops(...bulk, '--dry-run')).toMatchObject({
      code: 0,
      out: expect.stringContaining('would_replay'),
    });
    expect(
      await test.sql('select from backfills where inbox_id = $1 and replays = 1', [inboxId]),
    ).toEqual([]);
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
    expect((await ops('explain', `${inboxId}.1`)).out).toContain('✓ whole');
    expect((await ops('backfills', 'list', '--failed', '--inbox', inboxId)).out).toContain(
      'No backfills',
    );

    await person.disconnect(inboxId);
    expect(await ops('wake', inboxId)).toMatchObject({ code: 1 });
  }, 60_000);

  it('say what they do not know, and who may not ask', async () => {
    expect((await ops('backfills', 'dance')).code).toBe(2);
    expect((await ops('replay', 'not-an-id')).code).toBe(1);
    const person = await test.person();
    expect((await person.api.send('GET', '/api/v1/ops/backfills')).status).toBe(403);
  });
});
