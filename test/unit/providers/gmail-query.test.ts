import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildQuery } from '../../../providers/gmail/query.ts';
import type { SearchQuery } from '../../../providers/mail-provider.ts';

const FROM = 1_790_000_000_000;
const WINDOW = 'after:1789999998 before:1790086403 -in:drafts -in:chats';

const query = (addresses: string[] | null, scope: SearchQuery['scope'] = { kind: 'contacts' }) =>
  buildQuery({ addresses, from: FROM, to: FROM + 86_400_001, scope, mayBringBodies: false });

describe('q', () => {
  it('asks for every role of every address, with bounds a little wider than the window', () => {
    expect(query(['a@x.com', 'b+c@y.org'])).toBe(
      '{from:a@x.com to:a@x.com cc:a@x.com bcc:a@x.com ' +
        `from:b+c@y.org to:b+c@y.org cc:b+c@y.org bcc:b+c@y.org} ${WINDOW}`,
    );
  });

  it('leaves out bounds that Gmail might read as a year', () => {
    const open = buildQuery({
      addresses: ['a@x.com'],
      from: 0,
      to: FROM,
      scope: { kind: 'contacts' },
      mayBringBodies: false,
    });
    expect(open).toMatch(/\} before:1790000002 -in:drafts/);
  });

  it('never turns into the whole mailbox when nobody is asked for (B1)', () => {
    expect(query([])).toBeNull();
    expect(query(['"', ' ', '{}'])).toBeNull();
    expect(query(['"'], { kind: 'label', labelId: 'L' })).toBeNull();
    expect(query([], { kind: 'label', labelId: 'L' })).toBeNull();
    expect(query(null)).toBeNull();
    expect(query(null, { kind: 'label', labelId: 'L' })).toBe(WINDOW);
  });

  it.each([
    ["o'brien@x.com", `"o'brien@x.com"`],
    ['a@x.com OR from:b@y.com', '"a@x.com OR from:b@y.com"'],
    ['a"} from:b@y.com {"@x.com', '"a from:b@y.com @x.com"'],
    ['a@x.com) OR (b@y.com', '"a@x.com OR b@y.com"'],
    ['-in:inbox', '"-in:inbox"'],
    ['-a@x.com', '"-a@x.com"'],
    ['me', '"me"'],
    ['a@x.com\nhas:attachment', '"a@x.com has:attachment"'],
    ['\u201ca@x.com\u201d is:unread', '"a@x.com is:unread"'],
    ['büro@münchen.example', 'büro@münchen.example'],
  ])('%j cannot bring in an operator', (address, word) => {
    expect(query([address])).toBe(`{from:${word} to:${word} cc:${word} bcc:${word}} ${WINDOW}`);
  });

  it('is made of our own clauses only, whatever the addresses', () => {
    const own = /^\{((from|to|cc|bcc):("[^"\\(){}]*"|[^\s"\\(){}:]+)( |(?=\})))+\} /u;
    const address = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('a@x.com', '"', '{', '}', ' OR ', 'from:', '-', '\\', '(', ')'))
        .map((all) => all.join('')),
    );
    fc.assert(
      fc.property(fc.array(address, { minLength: 1, maxLength: 4 }), (addresses) => {
        const q = query(addresses);
        if (q !== null) expect(q.replace(own, '')).toBe(WINDOW);
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });
});
