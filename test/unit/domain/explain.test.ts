import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type ExplainOutcome,
  explainOthers,
  explainUnseen,
  explainVerdict,
  type InboxFacts,
} from '../../../domain/explain.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 22);
const FACTS: InboxFacts = {
  status: 'connected',
  scopeKind: 'contacts',
  windowStart: NOW - 90 * DAY,
  syncedAt: NOW,
  historyDeleted: false,
  scopeGone: false,
  openGaps: [],
  openBackfills: [],
};
const YESTERDAY = { from: NOW - 2 * DAY, to: NOW - DAY };

describe('B3 why isn’t this email here', () => {
  test.each([
    ['stored', null, 'stored'],
    ['gone', null, 'gone'],
    ['failed', 'too_large', 'failed'],
    ['skipped', 'not_contact', 'not_contact'],
    ['skipped', 'outside_scope', 'outside_scope'],
    ['skipped', 'before_window', 'before_window'],
    ['skipped', 'draft', 'draft'],
    ['skipped', 'spam', 'spam'],
    ['skipped', 'trash', 'trash'],
    ['skipped', 'chat', 'chat'],
  ] as const)('a verdict %s %s answers %s, in words and with a fix', (kind, reason, outcome) => {
    const answer = explainVerdict({ kind, reason }, null, FACTS);
    expect(answer.outcome).toBe(outcome);
    expect(answer.words).toMatch(/\.$/);
    expect(answer.fix).toMatch(/\.$/);
  });

  test('says what failed', () => {
    const answer = explainVerdict({ kind: 'failed', reason: 'too_large' }, null, FACTS);
    expect(answer.words).toContain('larger');
    expect(answer.fix).toContain('replay');
  });

  test('a sender who has become a contact since is being fetched, or is about to be', () => {
    const verdict = { kind: 'skipped', reason: 'not_contact' } as const;
    expect(explainVerdict(verdict, true, FACTS).words).toContain('They are one now');
    const fetching = { ...FACTS, openBackfills: [YESTERDAY] };
    expect(explainVerdict(verdict, true, fetching).outcome).toBe('being_fetched');
    expect(explainVerdict(verdict, false, fetching).outcome).toBe('not_contact');
  });

  test.each<
    [
      string,
      Partial<InboxFacts>,
      { from: number; to: number } | null,
      boolean | null,
      ExplainOutcome,
    ]
  >([
    ['the history was deleted', { historyDeleted: true }, YESTERDAY, true, 'history_deleted'],
    ['it is being deleted', { status: 'deleting' }, null, null, 'history_deleted'],
    ['it is too old', {}, { from: NOW - 100 * DAY, to: NOW - 99 * DAY }, true, 'before_window'],
    ['the sender is no contact', {}, YESTERDAY, false, 'not_contact'],
    ['its recipient may be one', { openGaps: [YESTERDAY] }, YESTERDAY, false, 'in_gap'],
    ['its recipient may be one', { openBackfills: [YESTERDAY] }, YESTERDAY, false, 'being_fetched'],
    ['its recipient may be one', { syncedAt: null }, YESTERDAY, false, 'not_synced_yet'],
    ['its recipient may be one', { status: 'disconnected' }, YESTERDAY, false, 'not_synced_yet'],
    ['the user wrote it', {}, YESTERDAY, null, 'never_seen'],
    ['the inbox is disconnected', { status: 'disconnected' }, YESTERDAY, true, 'not_synced_yet'],
    ['it lies in an open gap', { openGaps: [YESTERDAY] }, YESTERDAY, true, 'in_gap'],
    ['it may lie in an open gap', { openGaps: [YESTERDAY] }, null, null, 'in_gap'],
    ['a backfill runs', { openBackfills: [YESTERDAY] }, YESTERDAY, true, 'being_fetched'],
    ['it is newer than the cursor', { syncedAt: NOW - 5 * DAY }, YESTERDAY, true, 'not_synced_yet'],
    ['nothing was synced yet', { syncedAt: null }, YESTERDAY, true, 'not_synced_yet'],
    ['the provider never showed it', {}, YESTERDAY, true, 'never_seen'],
    ['nothing is chosen', { scopeKind: 'unchosen' }, YESTERDAY, true, 'scope_unchosen'],
    ['nothing is chosen', { scopeKind: 'unchosen' }, null, null, 'scope_unchosen'],
    ['it is not in the label', { scopeKind: 'label' }, YESTERDAY, true, 'never_seen'],
    ['the label is gone', { scopeKind: 'label', scopeGone: true }, YESTERDAY, true, 'in_gap'],
  ])('unseen, as %s', (_why, facts, asked, senderIsContact, outcome) => {
    expect(explainUnseen(asked, senderIsContact, { ...FACTS, ...facts }).outcome).toBe(outcome);
  });

  test('what lay elsewhere may have been moved in a gap, or be on its way, before its place is blamed', () => {
    const label = { ...FACTS, scopeKind: 'label' } as const;
    for (const reason of ['outside_scope', 'spam', 'trash'] as const) {
      const verdict = { kind: 'skipped', reason } as const;
      const explain = (facts: Partial<InboxFacts>) =>
        explainVerdict(verdict, true, { ...label, ...facts });
      expect(explain({}).outcome).toBe(reason);
      const inGap = explain({ openGaps: [YESTERDAY], openBackfills: [YESTERDAY] });
      expect(inGap.outcome).toBe('in_gap');
      expect(inGap.words).toContain('If it was moved since');
      expect(explain({ openBackfills: [YESTERDAY] }).outcome).toBe('being_fetched');
      const gone = explain({ scopeGone: true, openGaps: [YESTERDAY] });
      expect(gone.fix).toContain('Choose another');
      expect(explain({ openGaps: [YESTERDAY], status: 'disconnected' }).outcome).toBe(reason);
    }
    const outside = { kind: 'skipped', reason: 'outside_scope' } as const;
    expect(explainVerdict(outside, true, FACTS).words).not.toContain('is limited to');
  });

  test('beside what was found it says what may keep another one of that day away', () => {
    const label = { ...FACTS, scopeKind: 'label' } as const;
    const { words, fix } = explainOthers(YESTERDAY, true, label) ?? {};
    expect(words).toMatch(/^If you miss another one of that sender and day: the provider/);
    expect(words).toContain('label or folder');
    expect(fix).toContain('scope to all contacts');
    const inGap = { ...label, openGaps: [YESTERDAY] };
    expect(explainOthers(YESTERDAY, true, inGap)?.outcome).toBe('in_gap');
    expect(explainOthers(YESTERDAY, true, FACTS)).toBeNull();
    expect(explainOthers(YESTERDAY, false, FACTS)).toBeNull();
  });

  test('asserts nothing of the headers of what was never seen', () => {
    const { words } = explainUnseen(YESTERDAY, false, FACTS);
    expect(words).toContain('We have not seen it');
    expect(words).not.toContain('headers');
  });

  test('names the day that the window begins, whatever its length', () => {
    const facts = { ...FACTS, windowStart: Date.UTC(2026, 9, 23, 11) };
    const old = { from: NOW - 100 * DAY, to: NOW - 99 * DAY };
    const verdict = { kind: 'skipped', reason: 'before_window' } as const;
    for (const { words } of [
      explainUnseen(old, true, facts),
      explainVerdict(verdict, null, facts),
    ]) {
      expect(words).toContain('begins on 2026-10-23');
    }
  });

  test('a gap or backfill at another time explains nothing', () => {
    const elsewhere = [{ from: NOW - 20 * DAY, to: NOW - 10 * DAY }];
    const facts = { ...FACTS, openGaps: elsewhere, openBackfills: elsewhere };
    expect(explainUnseen(YESTERDAY, true, facts).outcome).toBe('never_seen');
  });

  test('never claims that a connected inbox missed what lies in an open gap', () => {
    const span = fc
      .tuple(fc.integer({ min: NOW - 89 * DAY, max: NOW }), fc.integer({ min: 1, max: 9 * DAY }))
      .map(([from, length]) => ({ from, to: from + length }));
    fc.assert(
      fc.property(span, fc.array(span), fc.boolean(), (asked, openGaps, senderIsContact) => {
        const { outcome } = explainUnseen(asked, senderIsContact, { ...FACTS, openGaps });
        const touches = openGaps.some((gap) => asked.from < gap.to && gap.from < asked.to);
        expect(outcome === 'in_gap').toBe(touches);
      }),
    );
  });
});
