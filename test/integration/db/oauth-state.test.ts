import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlowEndedError } from '../../../db/errors.ts';
import { endAllFlows, endFlowsOf, holdFlow, holdPending } from '../../../db/flow-store.ts';
import { type OauthState, putOauthState, takeOauthState } from '../../../db/oauth-state-store.ts';
import { putPendingConnection } from '../../../db/pending-connection-store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE, BOB, connect } from './fixtures.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const put = async (lifeMs = 600_000, other: Partial<OauthState> = {}): Promise<OauthState> => {
  const state: OauthState = {
    stateHash: randomBytes(32),
    browserHash: randomBytes(32),
    ...ALICE,
    provider: 'gmail',
    scope: { kind: 'label', labelId: 'L1' },
    inboxId: null,
    secretCt: randomBytes(60),
    returnTo: '/settings',
    expiresAt: Date.now() + lifeMs,
    ...other,
  };
  await database.api.asUser(state, (tx) => putOauthState(tx, state));
  return state;
};
const take = (stateHash: Buffer) => database.api.asNobody((tx) => takeOauthState(tx, stateHash));

test('a state comes back as it was put', async () => {
  const state = await put();
  expect(await take(state.stateHash)).toEqual(state);
});

test('of many who bring the same state at once, one gets it', async () => {
  const { stateHash } = await put();
  const taken = await Promise.all(Array.from({ length: 9 }, () => take(stateHash)));
  expect(taken.filter((state) => state !== null)).toHaveLength(1);
  expect(await take(stateHash)).toBeNull();
});

test('an expired or unknown state is nobody’s', async () => {
  const { stateHash } = await put(-1);
  expect(await take(stateHash)).toBeNull();
  expect(await take(randomBytes(32))).toBeNull();
});

const lives = async (state: OauthState): Promise<boolean> =>
  database.api
    .asUser(state, (tx) => holdFlow(tx, state.stateHash))
    .then(
      () => true,
      (error) => {
        expect(error).toBeInstanceOf(FlowEndedError);
        return false;
      },
    );

test('B7 an inbox’s end is the end of its flows and of first connects at its provider', async () => {
  const { inboxId } = await connect(database, ALICE, { mailbox: 'mine' });
  const other = await connect(database, ALICE, { mailbox: 'other' });
  const outlook = { provider: 'outlook' } as const;
  const ended = [await put(), await put(1, { inboxId })];
  const kept = [
    await put(600_000, outlook),
    await put(600_000, { inboxId: other.inboxId }),
    await put(600_000, BOB),
  ];
  const wait = (pending: Partial<OauthState>) =>
    database.api.asUser(ALICE, (tx) =>
      putPendingConnection(tx, {
        ...(ended[0] as OauthState),
        ...pending,
        adminStateHash: randomBytes(32),
        masterKeyId: 'k1',
      }),
    );
  const [waiting, waitsElsewhere] = [await wait({}), await wait(outlook)];
  await database.api.asUser(ALICE, async (tx) => endFlowsOf(tx, inboxId));
  expect(await Promise.all([...ended, ...kept].map(lives))).toEqual([
    ...[false, false],
    ...[true, true, true],
  ]);
  expect(await take(ended[0]?.stateHash as Buffer)).toBeNull();
  const waits = (id: string) => database.api.asUser(ALICE, (tx) => holdPending(tx, id));
  expect([await waits(waiting), await waits(waitsElsewhere)]).toEqual([false, true]);

  await database.api.asUser(ALICE, async (tx) => endAllFlows(tx));
  expect(await Promise.all(kept.map(lives))).toEqual([false, false, true]);
  expect(await waits(waitsElsewhere)).toBe(false);
});

test('B7 a flow that was taken at its last moment is not ended by the user’s next begin', async () => {
  const last = await put();
  expect(await take(last.stateHash)).not.toBeNull();
  await database.sql('update oauth_states set expires_at = now() where state_hash = $1', [
    last.stateHash,
  ]);
  await put();
  expect(await lives(last)).toBe(true);
});
