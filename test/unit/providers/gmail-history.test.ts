import { describe, expect, it } from 'vitest';
import { toChangePage } from '../../../providers/gmail/history.ts';

const start = { v: 1, provider: 'gmail', historyId: '9007199254740993' } as const;
const of = (id: string, labelIds?: string[]) => ({
  message: { id },
  ...(labelIds && { labelIds }),
});

describe('history page', () => {
  it('collapses records to ids; a deletion wins wherever it stands', () => {
    const page = toChangePage(
      {
        history: [
          { messagesDeleted: [of('gone')] },
          { messages: [{ id: 'noise' }], messagesAdded: [of('new'), of('gone')] },
          { messagesAdded: [of('new')] },
        ],
        historyId: '9007199254740999',
      },
      start,
      null,
    );
    expect(page).toMatchObject({ touchedIds: ['new'], deletedIds: ['gone'], nextPageToken: null });
    expect(page.cursor?.historyId).toBe('9007199254740999');
  });

  it('touches what leaves spam, bin or drafts, and what is labelled into the scope', () => {
    const history = [
      { labelsRemoved: [of('unspam', ['SPAM', 'UNREAD']), of('read', ['UNREAD'])] },
      { labelsRemoved: [of('untrash', ['TRASH'])] },
      { labelsAdded: [of('scoped', ['L1']), of('other', ['L2']), of('sent', ['SENT'])] },
      { labelsAdded: [of('starred', ['STARRED'])] },
    ];
    const touched = (labelId: string | null) =>
      toChangePage({ history, historyId: '9007199254740999' }, start, labelId).touchedIds;
    expect(touched(null)).toEqual(['unspam', 'untrash', 'sent']);
    expect(touched('L1')).toEqual(['unspam', 'untrash', 'scoped', 'sent']);
    expect(touched('STARRED')).toContain('starred');
  });

  it('goes on after a page without history, and gives the cursor only at the end', () => {
    const page = toChangePage({ nextPageToken: 'p', historyId: '9007199254740999' }, start, null);
    expect(page).toEqual({ touchedIds: [], deletedIds: [], nextPageToken: 'p', cursor: null });
  });

  it('compares cursors as numbers and never moves back', () => {
    const to = (historyId: string) => toChangePage({ historyId }, start, null).cursor?.historyId;
    expect(to('9007199254740994')).toBe('9007199254740994');
    expect(to('99')).toBe(start.historyId);
    expect(() => to('soon')).toThrow(/history id/);
  });
});
