import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ActivityDeps } from '../../../activities/deps.ts';
import { planBackfill } from '../../../activities/plan-backfill.ts';
import { readConfig } from '../../../config/config.ts';
import { failBackfill, finishBackfill } from '../../../db/backfill-receipt-store.ts';
import { noteSeen } from '../../../db/backfill-seen-store.ts';
import { openSlices } from '../../../db/backfill-slice-store.ts';
import { requestBackfill } from '../../../db/backfill-store.ts';
import type { Attempt } from '../../../db/database.ts';
import { openGap } from '../../../db/gap-store.ts';
import { requestReplay } from '../../../db/replay-store.ts';
import { GMAIL_QUERY_LIMITS } from '../../../domain/search-plan.ts';
import type { MailProvider } from '../../../providers/mail-provider.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { required } from '../../support/environment.ts';
import { addContacts, BOB, connect, contact, DAY_MS, NOON } from '../db/fixtures.ts';

let database: TestDatabase;
let inbox: Attempt;
beforeAll(async () => {
  database = await createTestDatabase();
  await addContacts(database, 'acme', contact('c1', 'c1@contact.example'));
  inbox = await connect(database);
});
afterAll(() => database?.[Symbol.asyncDispose]());

const work = <T>(run: Parameters<typeof database.worker.asConnectedInbox<T>>[1]): Promise<T> =>
  database.worker.asConnectedInbox(inbox, run);

async function plan(n: number): Promise<void> {
  const deps = { database: database.worker, ...readConfig(required()) } as unknown as ActivityDeps;
  const mailbox = { listsWhole: () => false, queryLimits: GMAIL_QUERY_LIMITS } as unknown;
  await planBackfill(deps, { ...inbox, n }, mailbox as MailProvider);
}

const replay = async (n: number): Promise<number> => {
  const asked = await database.api.asOps(BOB, (tx) => requestReplay(tx, inbox.inboxId, n));
  expect(asked).toMatchObject({ outcome: 'requested' });
  return asked?.n ?? 0;
};

const WINDOW = { windowFrom: NOON - 40 * DAY_MS, windowTo: NOON, seqAfter: 0, seqUpto: 1 };

test('B11 I1 the replay of a backfill that ended before its plan goes through all of its gap', async () => {
  const gap = { from: WINDOW.windowFrom, to: WINDOW.windowTo };
  const first = await work(async (tx) => {
    const gapId = await openGap(tx, { cause: 'downtime', ...gap });
    return await requestBackfill(tx, { kind: 'gap', ...WINDOW, gapId });
  });
  await work((tx) => failBackfill(tx, first, 'SealBroken'));
  const again = await replay(first);
  await work((tx) => failBackfill(tx, again, 'SealBroken'));
  const last = await replay(first);
  await plan(last);

  const slices = await work((tx) => openSlices(tx, last));
  expect(Math.min(...slices.map(({ from }) => from))).toBe(gap.from);
  expect(Math.max(...slices.map(({ to }) => to))).toBe(gap.to);
  expect(slices[0]?.addresses).toMatchObject([{ address: 'c1@contact.example' }]);
  // Nothing of it can be called done, and no gap closed, before that was read.
  await expect(work((tx) => finishBackfill(tx, last, { closesGap: true }))).rejects.toThrow(
    /slices left/,
  );
});

test('B11 a replay that ended before its plan is replayed with what the run before had left', async () => {
  const first = await work((tx) => requestBackfill(tx, { kind: 'contacts', ...WINDOW }));
  await plan(first);
  await work(async (tx) => noteSeen(tx, first, ['lost']));
  await work((tx) => failBackfill(tx, first, 'RequestRefused'));
  const left = await work((tx) => openSlices(tx, first));
  const second = await replay(first);
  await work((tx) => failBackfill(tx, second, 'SealBroken'));
  const last = await replay(first);
  await plan(last);

  expect(await work((tx) => openSlices(tx, last))).toEqual(left);
  expect(
    await database.sql(
      'select provider_message_id as id from backfill_ids where inbox_id = $1 and n = $2',
      [inbox.inboxId, last],
    ),
  ).toEqual([{ id: 'lost' }]);
});
