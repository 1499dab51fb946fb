import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type OauthState, putOauthState, takeOauthState } from '../../../db/oauth-state-store.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { ALICE } from './fixtures.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const put = async (lifeMs = 600_000): Promise<OauthState> => {
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
  };
  await database.api.asUser(ALICE, (tx) => putOauthState(tx, state));
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
