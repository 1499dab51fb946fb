import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  buildReceipt,
  describeGivenUp,
  describeReceipt,
  skippedTotal,
} from '../../../domain/receipt.ts';
import type { SkipReason } from '../../../domain/verdict.ts';

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
        expect(describeReceipt(receipt).lines.join(' ')).not.toMatch(/NaN|undefined|_/);
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
      skipped: { not_contact: 40 },
    });
    expect(describeReceipt(receipt)).toEqual({
      headline: 'All done: 1,200 emails are on timelines.',
      lines: [
        'We looked at 1,240 emails; on timelines now: 1,200.',
        '40 left out: nobody in them is a contact in the CRM.',
      ],
      nextStep: null,
    });
  });

  it('of failures says what failed and what to do', () => {
    const receipt = buildReceipt({ ...EMPTY, seen: 5, stored: 1, gone: 1, failed: 3 });
    const words = describeReceipt(receipt, { unreadable: 2 });
    expect(words.headline).toBe('1 email is on timelines, 3 could not be added.');
    expect(words.lines).toEqual([
      'We looked at 5 emails; on timelines now: 1.',
      '1 deleted from the mailbox before we could read it.',
      '2 could not be added: the messages are damaged.',
      '1 could not be added.',
    ]);
    expect(words.nextStep).toMatch(/operator/);
  });

  it('does not send anyone trying what cannot help', () => {
    const receipt = buildReceipt({ ...EMPTY, seen: 1, failed: 1 });
    expect(describeReceipt(receipt, { too_large: 1 }).nextStep).toMatch(/will not help/);
  });

  it('of a backfill that was given up does not say that it is done, or goes on', () => {
    const early = describeGivenUp(buildReceipt(EMPTY));
    expect(early.headline).toBe('Stopped before the end. No email was added.');
    const late = describeGivenUp(buildReceipt({ ...EMPTY, seen: 9, stored: 6 }));
    expect(late.headline).toBe('Stopped before the end: 6 emails are on timelines so far.');
    expect(late.lines).toEqual([
      'We looked at 9 emails; on timelines now: 6.',
      '3 not looked at yet.',
    ]);
    for (const { nextStep } of [early, late]) expect(nextStep).toMatch(/^Try again\./);
  });

  it('of a backfill still running, and of one that found nothing', () => {
    expect(describeReceipt(buildReceipt({ ...EMPTY, seen: 3, stored: 1 })).headline).toBe(
      '1 email is on timelines so far.',
    );
    expect(describeReceipt(buildReceipt(EMPTY)).headline).toBe(
      'Finished. There was no email to add.',
    );
  });

  it('of one message of each kind speaks of one', () => {
    const skipped = { not_contact: 1, before_window: 1, draft: 1, chat: 1 };
    const receipt = buildReceipt({ ...EMPTY, seen: 6, skipped, failed: 2 });
    const words = describeReceipt(receipt, { too_large: 1, not_storable: 1 });
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
    expect(describeReceipt(one, { unreadable: 1 }).nextStep).toMatch(
      /^Nothing.* it can .*into it\.$/,
    );
  });
});
