import { describe, expect, it } from 'vitest';
import { inboxView } from '../../../api/views/inbox-view.ts';
import type { InboxRow } from '../../../db/inbox-row.ts';

describe('an inbox in words', () => {
  const viewOf = (row: Partial<InboxRow>) =>
    inboxView(
      {
        status: 'disconnected',
        scope: { kind: 'contacts' },
        windowStart: 0,
        connectedAt: 1_000,
        disconnectedAt: 2_000,
        historyDeletedAt: null,
        problem: null,
        ...row,
      } as InboxRow,
      null,
    );
  const wordsOf = (row: Partial<InboxRow>): string => viewOf(row).statusWords;

  it('P9 stays on the timelines after a disconnect', () => {
    expect(wordsOf({})).toMatch(/stays on the timelines/);
  });

  it.each([
    ['gmail', /every box/],
    ['outlook', /administrator/],
  ] as const)('says what to do where a permission to read from %s is gone', (provider, action) => {
    const row = { status: 'needs_reconnect', reconnectReason: 'scopes_missing', provider } as const;
    expect(viewOf(row).reconnect?.action).toMatch(action);
  });

  it('P10 stays nowhere after the history was deleted', () => {
    expect(wordsOf({ historyDeletedAt: 2_500 })).toMatch(/deleted/);
    expect(wordsOf({ historyDeletedAt: 2_500 })).not.toMatch(/stays/);
  });

  it('P9 is on the timelines again when it was connected after a deletion', () => {
    expect(wordsOf({ historyDeletedAt: 500 })).toMatch(/stays on the timelines/);
  });

  it('promises nothing of an inbox whose key is missing, and says what to do', () => {
    for (const status of ['connected', 'needs_reconnect', 'disconnected'] as const) {
      const words = wordsOf({ status, profileCt: Buffer.from('sealed') });
      expect(words).toMatch(/key of this inbox is missing/);
      expect(words).toMatch(/Delete its email history/);
    }
  });
});
