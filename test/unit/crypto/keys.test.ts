import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  createDataKey,
  openJsonBy,
  rewrapDataKey,
  unwrapDataKey,
} from '../../../crypto/data-key.ts';
import { parseKey, WeakKeyError } from '../../../crypto/key-material.ts';
import { InboxKeyMissingError } from '../../../crypto/key-provider.ts';
import { addressHash, lookupHash, parseLookupKey } from '../../../crypto/lookup.ts';
import { NamedKeys, UnknownKeyError } from '../../../crypto/named-keys.ts';
import { SealBrokenError, sealJson } from '../../../crypto/seal.ts';
import { createTestKeyRing, freshKey as fresh, keyDirectory } from '../../support/key-ring.ts';

const parse = (text: string) => NamedKeys.parse('MASTER_KEYS', text);
const owner = { orgId: 'acme', inboxId: '0197a3b2-0000-7000-8000-000000000001' };
const SAME = fresh();
const HELP = /Generate one with: node -e/;

test('the first key of a ring is the current one', () => {
  const ring = parse(` 2026:${fresh()} , 2025:${fresh()} `);
  expect(ring.current.id).toBe('2026');
  expect(ring.ids).toEqual(['2026', '2025']);
  expect(ring.get('2026').equals(ring.current.key)).toBe(true);
  expect(() => ring.get('2024')).toThrow(UnknownKeyError);
  expect(() => ring.get('2024')).toThrow(/holds only 2026, 2025\. Put it back/);
});

test.each([
  ['nothing', '', /empty/],
  ['only commas', ' , ,', /empty/],
  ['no id', fresh(), /must read id:base64/],
  ['an empty id', `:${fresh()}`, /must read id:base64/],
  ['no key', 'a:', /must read id:base64/],
  ['an id twice', `a:${fresh()},a:${fresh()}`, /names "a" twice/],
  ['a key twice', `a:${SAME},b:${SAME}`, /holds one key as "a" and "b"/],
  ['16 bytes', `a:${randomBytes(16).toString('base64')}`, /"a" must hold 32 bytes, it holds 16/],
  ['33 bytes', `a:${randomBytes(33).toString('base64')}`, /it holds 33/],
  ['not base64', `a:${'*'.repeat(44)}`, /is not base64/],
  ['zeros', `a:${Buffer.alloc(32).toString('base64')}`, /its bytes repeat/],
  [
    'a repeated pattern',
    `a:${Buffer.from('deadbeef'.repeat(8), 'hex').toString('base64')}`,
    /repeat/,
  ],
  [
    'counting',
    `a:${Buffer.from(Array.from({ length: 32 }, (_, i) => i * 3)).toString('base64')}`,
    /pattern/,
  ],
  [
    'a sentence',
    `a:${Buffer.from('correct horse battery staple !?*').toString('base64')}`,
    /it is text/,
  ],
])('a ring of %s is refused', (_what, text, message) => {
  expect(() => parse(text)).toThrow(message);
});

test('a refusal says how to make a good key, and never what the bad one was', () => {
  const weak = Buffer.alloc(32, 7).toString('base64');
  const refusal = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      return String(error);
    }
    throw new Error('not refused');
  };
  for (const message of [
    refusal(() => parse(`a:${weak}`)),
    refusal(() => parseLookupKey(weak)),
    refusal(() => parse('')),
  ]) {
    expect(message).toMatch(HELP);
    expect(message).not.toContain(weak);
  }
  expect(() => parseLookupKey(weak)).toThrow(/^LOOKUP_KEY is not random/);
});

test('random keys are not refused', () => {
  for (let i = 0; i < 20_000; i += 1) parseKey('KEY', fresh());
  // base64url as well: some secret stores write it.
  parseKey('KEY', randomBytes(32).toString('base64url'));
  expect(() => parseKey('KEY', 'AAAA')).toThrow(WeakKeyError);
});

test('a data key is wrapped for its inbox and opens for no other', async () => {
  const ring = createTestKeyRing();
  const { key, ...wrapped } = await createDataKey(ring, owner);
  expect((await unwrapDataKey(ring, owner, [wrapped])).current.equals(key.current)).toBe(true);
  for (const half of [key.current, key.lookup]) {
    expect(wrapped.wrappedKey.includes(half.export())).toBe(false);
  }
  const others = [
    { ...owner, orgId: 'globex' },
    { ...owner, inboxId: 'x' },
  ];
  for (const other of others) {
    await expect(unwrapDataKey(ring, other, [wrapped])).rejects.toThrow(SealBrokenError);
  }
  const second = await createDataKey(ring, owner);
  expect(second.key.current.equals(key.current)).toBe(false);
  const moved = { ...wrapped, keyId: second.keyId };
  await expect(unwrapDataKey(ring, owner, [moved])).rejects.toThrow(SealBrokenError);
});

test('the master key rotates: old wrappings open, new ones use the new key', async () => {
  const [a, b] = [fresh(), fresh()];
  const directory = keyDirectory();
  const before = createTestKeyRing(`a:${a}`, directory);
  const rotating = createTestKeyRing(`b:${b},a:${a}`, directory);
  const after = createTestKeyRing(`b:${b}`, directory);
  const { key, ...old } = await createDataKey(before, owner);
  const again = await rewrapDataKey(rotating, owner, old);
  expect(again).toMatchObject({ masterKeyId: 'b', keyId: old.keyId });
  expect((await unwrapDataKey(after, owner, [again])).current.equals(key.current)).toBe(true);
  await expect(unwrapDataKey(after, owner, [old])).rejects.toThrow(UnknownKeyError);
});

test('I7 with the master key but without the secret, a wrapped key does not open', async () => {
  const ring = createTestKeyRing();
  const { key: _, ...wrapped } = await createDataKey(ring, owner);
  await ring.inboxKeys.destroy(wrapped.keyId);
  await expect(unwrapDataKey(ring, owner, [wrapped])).rejects.toThrow(InboxKeyMissingError);
  // Another secret under the same name is no help.
  await ring.inboxKeys.create(wrapped.keyId);
  await expect(unwrapDataKey(ring, owner, [wrapped])).rejects.toThrow(SealBrokenError);
  // Nor is the secret without the master key.
  const { key: __, ...whole } = await createDataKey(ring, owner);
  const thief = { ...createTestKeyRing(`test:${fresh()}`), inboxKeys: ring.inboxKeys };
  await expect(unwrapDataKey(thief, owner, [whole])).rejects.toThrow(SealBrokenError);
});

test('while a data key rotates both open, the newest seals, and lookups stay', async () => {
  const ring = createTestKeyRing();
  const { key: first, ...one } = await createDataKey(ring, owner);
  const { key: second, ...two } = await createDataKey(ring, owner, first);
  const aad = { ...owner, column: 'messages.body_ct', rowId: 'r' };
  const old = sealJson(first.current, aad, 'old');
  const both = await unwrapDataKey(ring, owner, [two, one]);
  expect(both.current.equals(second.current)).toBe(true);
  expect(openJsonBy(both, aad, old)).toBe('old');
  expect(openJsonBy(second, aad, old)).toBe('old');
  expect(openJsonBy(both, aad, sealJson(both.current, aad, 'new'))).toBe('new');
  const alone = await unwrapDataKey(ring, owner, [two]);
  expect(() => openJsonBy(alone, aad, old)).toThrow(SealBrokenError);
  expect(() => openJsonBy(both, { ...aad, rowId: 's' }, old)).toThrow(SealBrokenError);
  const hash = lookupHash(first, 'sender', 'a@x');
  expect(lookupHash(alone, 'sender', 'a@x').equals(hash)).toBe(true);
});

test('I7 keyed hashes of one history say nothing about another', async () => {
  const ring = createTestKeyRing();
  const [{ key: first }, { key: second }] = await Promise.all([
    createDataKey(ring, owner),
    createDataKey(ring, owner),
  ]);
  expect(lookupHash(first, 'rfc-id', 'm@x').equals(lookupHash(second, 'rfc-id', 'm@x'))).toBe(
    false,
  );
});

test('lookups are stable, and differ by key, kind, provider and value', async () => {
  const ring = createTestKeyRing();
  const { key, ...wrapped } = await createDataKey(ring, owner);
  const again = await unwrapDataKey(ring, owner, [wrapped]);
  expect(lookupHash(key, 'sender', 'a@x').equals(lookupHash(again, 'sender', 'a@x'))).toBe(true);
  expect(lookupHash(key, 'sender', 'a@x').equals(lookupHash(key, 'rfc-id', 'a@x'))).toBe(false);
  expect(lookupHash(key, 'sender', 'a@x').equals(lookupHash(key, 'sender', 'b@x'))).toBe(false);
  expect(lookupHash(key, 'sender', 'a@x')).toHaveLength(32);
  const [one, two] = [parseLookupKey(fresh()), parseLookupKey(fresh())];
  expect(addressHash(one, 'gmail', 'a@x').equals(addressHash(one, 'gmail', 'a@x'))).toBe(true);
  expect(addressHash(one, 'gmail', 'a@x').equals(addressHash(one, 'outlook', 'a@x'))).toBe(false);
  expect(addressHash(one, 'gmail', 'a@x').equals(addressHash(two, 'gmail', 'a@x'))).toBe(false);
});
