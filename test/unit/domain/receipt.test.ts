import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BackfillKind } from '../../../domain/inbox.ts';
import {
  buildReceipt,
  describeGivenUp,
  describeReceipt,
  skippedTotal,
} from '../../../domain/receipt.ts';
import type { SkipReason } from '../../../domain/verdict.ts';

const AT = Date.UTC(2026, 10, 23, 9);
const FIRST = { kind: 'initial', at: AT, now: AT } as const;
const EMPTY = { seen: 0, stored: 0, skipped: {}, gone: 0, failed: 0 };

describe('completeness receipt (B2)', () => {
  it('counts as missing what has no verdict', () => {
    expect(buildReceipt({ ...EMPTY, seen: 10, stored: 6, skipped: { spam: 1 }, gone: 1 })).toEqual({
      seen: 10,
      stored: 6,
      skipped: { spam: 1 },
      gone: 1,
      failed: 0,
      missing: 2,
    });
  });

  it('refuses counts that contradict each other', () => {
    expect(() => buildReceipt({ ...EMPTY, seen: 1, stored: 2 })).toThrow(RangeError);
    expect(() => buildReceipt({ ...EMPTY, seen: 2, stored: -1 })).toThrow(RangeError);
    expect(() => buildReceipt({ ...EMPTY, seen: 2, stored: 1, added: 2 })).toThrow(RangeError);
    expect(() => buildReceipt({ ...EMPTY, seen: Number.NaN })).toThrow(RangeError);
  });

  it('always adds up: seen = stored + skipped + gone + failed + missing', () => {
    const reasons: SkipReason[] = ['not_contact', 'draft', 'spam'];
    fc.assert(
      fc.property(fc.array(fc.nat(1_000), { minLength: 7, maxLength: 7 }), (counts) => {
        const [stored = 0, gone = 0, failed = 0, missing = 0, ...skips] = counts;
        const skipped = Object.fromEntries(reasons.map((reason, n) => [reason, skips[n] ?? 0]));
        const seen = counts.reduce((sum, n) => sum + n, 0);
        const receipt = buildReceipt({ seen, stored, skipped, gone, failed });
        expect(receipt.missing).toBe(missing);
        expect(stored + skippedTotal(receipt) + gone + failed + receipt.missing).toBe(seen);
        expect(describeReceipt(receipt, FIRST).lines.join(' ')).not.toMatch(/NaN|undefined|_/);
      }),
    );
  });
});

describe('the receipt in words', () => {
  it('of a clean backfill', () => {
    const receipt = buildReceipt({
      ...EMPTY,
      seen: 1_240,
      stored: 1_200,
      added: 1_200,
      skipped: { not_contact: 40 },
    });
    expect(describeReceipt(receipt, FIRST)).toEqual({
      headline: 'The first import is done: it added 1,200 emails.',
      lines: [
        'We looked at 1,240 emails; on timelines when it ended: 1,200.',
        '40 left out: nobody in them is a contact in the CRM.',
      ],
      nextStep: null,
    });
  });

  it('of failures says what failed and what to do', () => {
    const receipt = buildReceipt({ ...EMPTY, seen: 5, stored: 1, added: 1, gone: 1, failed: 3 });
    const words = describeReceipt(receipt, FIRST, { unreadable: 2 });
    expect(words.headline).toBe(
      'The first import is done: it added 1 email; 3 could not be added.',
    );
    expect(words.lines).toEqual([
      'We looked at 5 emails; on timelines when it ended: 1.',
      '1 deleted from the mailbox before we could read it.',
      '2 could not be added: the messages are damaged.',
      '1 could not be added.',
    ]);
    expect(words.nextStep).toMatch(/operator/);
  });

  it('does not send anyone trying what cannot help', () => {
    const receipt = buildReceipt({ ...EMPTY, seen: 1, failed: 1 });
    expect(describeReceipt(receipt, FIRST, { too_large: 1 }).nextStep).toMatch(/will not help/);
  });

  it('of a later run names its kind and its day, and says what it added alone', () => {
    const counts = { ...EMPTY, seen: 90, stored: 90, added: 2 };
    const said = (kind: BackfillKind, receipt = counts, now = AT): string =>
      describeReceipt(buildReceipt(receipt), { kind, at: AT, now }).headline;
    expect(said('gap')).toBe('The catch-up of 23 November is done: it added 2 emails.');
    expect(said('scope', { ...counts, added: 0 })).toBe(
      'The import for the new scope of 23 November is done: it added no email.',
    );
    expect(said('gap', counts, Date.UTC(2027, 1, 1))).toContain('of 23 November 2026 is done');
    // One from before it was counted.
    const { added: _, ...older } = buildReceipt(counts);
    expect(describeReceipt(older, { ...FIRST, kind: 'gap' }).headline).toBe(
      'The catch-up of 23 November is done.',
    );
  });

  it('of a backfill that was given up does not say that it is done, or goes on', () => {
    const early = describeGivenUp(buildReceipt({ ...EMPTY, added: 0 }), FIRST);
    expect(early.headline).toBe('The first import stopped before its end: it has added no email.');
    const late = describeGivenUp(buildReceipt({ ...EMPTY, seen: 9, stored: 6, added: 6 }), FIRST);
    expect(late.headline).toBe('The first import stopped before its end: it has added 6 emails.');
    expect(late.lines).toEqual([
      'We looked at 9 emails; on timelines when it ended: 6.',
      '3 not looked at yet.',
    ]);
    for (const { nextStep } of [early, late]) expect(nextStep).toMatch(/^Try again\./);
  });

  it('of a backfill that has not read everything, and of one that found nothing', () => {
    const part = buildReceipt({ ...EMPTY, seen: 3, stored: 1, added: 1 });
    expect(describeReceipt(part, FIRST).headline).toBe(
      'The first import has not read everything: it added 1 email.',
    );
    expect(describeReceipt(buildReceipt({ ...EMPTY, added: 0 }), FIRST).headline).toBe(
      'The first import is done: it added no email.',
    );
  });

  it('of one message of each kind speaks of one', () => {
    const skipped = { not_contact: 1, before_window: 1, draft: 1, chat: 1 };
    const receipt = buildReceipt({ ...EMPTY, seen: 6, skipped, failed: 2 });
    const words = describeReceipt(receipt, FIRST, { too_large: 1, not_storable: 1 });
    expect(words.lines.slice(1)).toEqual([
      '1 left out: nobody in it is a contact in the CRM.',
      // Whatever BACKFILL_DAYS is, and however long ago the inbox was connected.
      '1 left out: older than what is synced.',
      '1 left out: a draft, not sent yet.',
      '1 left out: a chat message, not email.',
      '1 could not be added: the message is too large.',
      '1 could not be added: we cannot keep something that it holds.',
    ]);
    const one = buildReceipt({ ...EMPTY, seen: 1, failed: 1 });
    expect(describeReceipt(one, FIRST, { unreadable: 1 }).nextStep).toMatch(
      /^Nothing.* it can .*into it\.$/,
    );
  });
});
