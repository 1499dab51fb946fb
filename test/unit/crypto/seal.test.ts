import { createSecretKey, generateKeySync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Aad, encodeAad } from '../../../crypto/aad.ts';
import { NONCE_BYTES, nextNonce } from '../../../crypto/nonce.ts';
import { open, openJson, SealBrokenError, seal, sealJson } from '../../../crypto/seal.ts';

const key = generateKeySync('aes', { length: 256 });
const aad: Aad = {
  orgId: 'acme',
  inboxId: '0197a3b2-0000-7000-8000-000000000001',
  column: 'messages.body_ct',
  rowId: '0197a3b2-0000-7000-8000-000000000002',
};
const anyAad = fc.record({
  orgId: fc.string(),
  inboxId: fc.string(),
  column: fc.string(),
  rowId: fc.string({ unit: 'binary' }),
});

test('what was sealed opens, whatever it is', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), anyAad, (bytes, place) => {
      expect(open(key, place, seal(key, place, bytes)).equals(bytes)).toBe(true);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 500 }), (text) => {
      expect(open(key, aad, seal(key, aad, text)).toString('utf8')).toBe(text);
    }),
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const sealed = sealJson(key, aad, value);
      expect(openJson(key, aad, sealed)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('a sealed text is 29 bytes longer and holds nothing of it', () => {
  const text = 'Dear Alice, this is quite secret.';
  const sealed = seal(key, aad, text);
  expect(sealed).toHaveLength(text.length + 1 + 12 + 16);
  expect(sealed.includes('secret')).toBe(false);
  expect(seal(key, aad, text).equals(sealed)).toBe(false);
});

test.each([
  ['row', { rowId: '0197a3b2-0000-7000-8000-000000000003' }],
  ['column', { column: 'messages.envelope_ct' }],
  ['inbox', { inboxId: '0197a3b2-0000-7000-8000-000000000009' }],
  ['org', { orgId: 'globex' }],
])('moved to another %s it does not open', (_what, change) => {
  const sealed = seal(key, aad, 'text');
  expect(() => open(key, { ...aad, ...change }, sealed)).toThrow(SealBrokenError);
});

test('under another key it does not open', () => {
  const other = createSecretKey(randomBytes(32));
  expect(() => open(other, aad, seal(key, aad, 'text'))).toThrow(SealBrokenError);
});

test('no single bit can be changed, and no byte cut off or added', () => {
  const sealed = seal(key, aad, 'every bit counts');
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(() => open(key, aad, changed)).toThrow(SealBrokenError);
  }
  for (let length = 0; length < sealed.length; length += 1) {
    expect(() => open(key, aad, sealed.subarray(0, length))).toThrow(SealBrokenError);
  }
  expect(() => open(key, aad, Buffer.concat([sealed, Buffer.of(0)]))).toThrow(SealBrokenError);
});

test('the error names the place and nothing of the content', () => {
  const sealed = seal(key, aad, 'content');
  expect(() => open(key, { ...aad, rowId: 'row-9' }, sealed)).toThrow(
    /^messages\.body_ct of row row-9 \(inbox 0197a3b2-\S+\) does not open: another key/,
  );
});

test('clear text is never taken for sealed', () => {
  for (const clear of ['', 'x', '{"accessToken":"clear text, long enough to hold a tag"}']) {
    expect(() => open(key, aad, Buffer.from(clear))).toThrow(SealBrokenError);
  }
  expect(() => sealJson(key, aad, undefined)).toThrow(TypeError);
});

test('different places are encoded differently, however their fields run together', () => {
  fc.assert(
    fc.property(anyAad, anyAad, (a, b) => {
      const same = JSON.stringify(Object.values(a)) === JSON.stringify(Object.values(b));
      expect(encodeAad(a).equals(encodeAad(b))).toBe(same);
    }),
  );
  const split = (orgId: string, inboxId: string) => encodeAad({ ...aad, orgId, inboxId });
  expect(split('ab', 'c').equals(split('a', 'bc'))).toBe(false);
});

test('a hundred thousand nonces, none twice, and none shared with another’s buffer', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 100_000; i += 1) seen.add(nextNonce().toString('latin1'));
  expect(seen.size).toBe(100_000);
  const nonce = nextNonce();
  const before = Buffer.from(nonce);
  for (let i = 0; i < 2_000; i += 1) nextNonce();
  expect(nonce.equals(before)).toBe(true);
  expect(nonce).toHaveLength(NONCE_BYTES);
});
