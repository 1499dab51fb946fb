import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createDataKey, unwrapDataKey, wrapDataKey } from '../../../crypto/data-key.ts';
import { parseKey, WeakKeyError } from '../../../crypto/key-material.ts';
import { KeyRing, UnknownMasterKeyError } from '../../../crypto/key-ring.ts';
import { addressHash, lookupHash, parseLookupKey } from '../../../crypto/lookup.ts';
import { SealBrokenError } from '../../../crypto/seal.ts';

const fresh = () => randomBytes(32).toString('base64');
const owner = { orgId: 'acme', inboxId: '0197a3b2-0000-7000-8000-000000000001' };
const HELP = /Generate one with: node -e/;

test('the first key of a ring is the current one', () => {
  const ring = KeyRing.parse(` 2026:${fresh()} , 2025:${fresh()} `);
  expect(ring.current.id).toBe('2026');
  expect(ring.ids).toEqual(['2026', '2025']);
  expect(ring.get('2026').equals(ring.current.key)).toBe(true);
  expect(() => ring.get('2024')).toThrow(UnknownMasterKeyError);
  expect(() => ring.get('2024')).toThrow(/holds only 2026, 2025\. Put it back/);
});

test.each([
  ['nothing', '', /empty/],
  ['only commas', ' , ,', /empty/],
  ['no id', fresh(), /must read id:base64/],
  ['an empty id', `:${fresh()}`, /must read id:base64/],
  ['no key', 'a:', /must read id:base64/],
  ['an id twice', `a:${fresh()},a:${fresh()}`, /names "a" twice/],
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
  expect(() => KeyRing.parse(text)).toThrow(message);
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
    refusal(() => KeyRing.parse(`a:${weak}`)),
    refusal(() => parseLookupKey(weak)),
    refusal(() => KeyRing.parse('')),
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

test('a data key is wrapped for its inbox and opens for no other', () => {
  const ring = KeyRing.parse(`a:${fresh()}`);
  const { key, ...wrapped } = createDataKey(ring, owner);
  expect(unwrapDataKey(ring, owner, wrapped).equals(key)).toBe(true);
  expect(wrapped.wrappedKey.includes(key.export())).toBe(false);
  expect(() => unwrapDataKey(ring, { ...owner, orgId: 'globex' }, wrapped)).toThrow(
    SealBrokenError,
  );
  expect(() => unwrapDataKey(ring, { ...owner, inboxId: 'x' }, wrapped)).toThrow(SealBrokenError);
  expect(createDataKey(ring, owner).key.equals(key)).toBe(false);
});

test('the master key rotates: old wrappings open, new ones use the new key', () => {
  const [a, b] = [fresh(), fresh()];
  const before = KeyRing.parse(`a:${a}`);
  const rotating = KeyRing.parse(`b:${b},a:${a}`);
  const after = KeyRing.parse(`b:${b}`);
  const { key, ...old } = createDataKey(before, owner);
  const again = wrapDataKey(rotating, owner, unwrapDataKey(rotating, owner, old));
  expect(again.masterKeyId).toBe('b');
  expect(unwrapDataKey(after, owner, again).equals(key)).toBe(true);
  expect(() => unwrapDataKey(after, owner, old)).toThrow(UnknownMasterKeyError);
});

test('I7 without the wrapped key, master keys open nothing: another data key does not fit', () => {
  const ring = KeyRing.parse(`a:${fresh()}`);
  const first = createDataKey(ring, owner);
  const second = createDataKey(ring, owner);
  expect(
    lookupHash(first.key, 'rfc-id', 'm@x').equals(lookupHash(second.key, 'rfc-id', 'm@x')),
  ).toBe(false);
});

test('lookups are stable, and differ by key, kind, provider and value', () => {
  const ring = KeyRing.parse(`a:${fresh()}`);
  const { key, ...wrapped } = createDataKey(ring, owner);
  const again = unwrapDataKey(ring, owner, wrapped);
  expect(lookupHash(key, 'sender', 'a@x').equals(lookupHash(again, 'sender', 'a@x'))).toBe(true);
  expect(lookupHash(key, 'sender', 'a@x').equals(lookupHash(key, 'rfc-id', 'a@x'))).toBe(false);
  expect(lookupHash(key, 'sender', 'a@x').equals(lookupHash(key, 'sender', 'b@x'))).toBe(false);
  expect(lookupHash(key, 'sender', 'a@x')).toHaveLength(32);
  const [one, two] = [parseLookupKey(fresh()), parseLookupKey(fresh())];
  expect(addressHash(one, 'gmail', 'a@x').equals(addressHash(one, 'gmail', 'a@x'))).toBe(true);
  expect(addressHash(one, 'gmail', 'a@x').equals(addressHash(one, 'outlook', 'a@x'))).toBe(false);
  expect(addressHash(one, 'gmail', 'a@x').equals(addressHash(two, 'gmail', 'a@x'))).toBe(false);
});
