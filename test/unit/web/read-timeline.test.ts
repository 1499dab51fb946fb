import { describe, expect, it } from 'vitest';
import type { TimelineItem } from '../../../web/api-types.ts';
import { readTimeline, type Shown } from '../../../web/read-timeline.ts';

/** Newest first; the number is the minute that it came in. */
const emails = (from: number, to: number): TimelineItem[] =>
  Array.from({ length: to - from + 1 }, (_, i) => {
    const receivedAt = new Date((to - i) * 60_000).toISOString();
    return { id: `id-${String(to - i).padStart(4, '0')}`, receivedAt } as TimelineItem;
  });

/** The server: pages of 50, each beginning behind the last of the page before. */
const serve = (all: readonly TimelineItem[]) => async (path: string) => {
  const after = new URL(path, 'http://here').searchParams.get('cursor');
  const start = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const messages = all.slice(start, start + 50);
  const more = start + 50 < all.length;
  return { messages, nextCursor: more ? (messages.at(-1)?.id ?? null) : null };
};

const read = (all: readonly TimelineItem[], count: number, before?: Shown): Promise<Shown> =>
  readTimeline('/api/v1/contacts/c', { count, oldest: before?.items.at(-1) }, serve(all));

describe('P1 an open timeline', () => {
  it('begins with 50 emails, and says whether there are older ones', async () => {
    expect(await read(emails(1, 70), 50)).toEqual({ items: emails(21, 70), more: true });
    expect(await read(emails(1, 50), 50)).toEqual({ items: emails(1, 50), more: false });
    expect(await read([], 50)).toEqual({ items: [], more: false });
  });

  it('keeps every email on it when newer ones come, on one page and on several', async () => {
    for (const count of [50, 100]) {
      const before = await read(emails(1, 120), count);
      const after = await read(emails(1, 128), count, before);
      expect(after).toEqual({ items: emails(121 - count, 128), more: true });
    }
  });

  it('has no hole after 70 emails, older ones asked for, and 8 new ones', async () => {
    const before = await read(emails(1, 70), 100);
    expect(await read(emails(1, 78), 100, before)).toEqual({ items: emails(1, 78), more: false });
  });

  it('takes in what a backfill adds below, and what it adds between', async () => {
    const odd = emails(1, 30).filter((_, i) => i % 2 === 1);
    const few = await read(odd, 50);
    expect(await read(emails(1, 30), 50, few)).toEqual({ items: emails(1, 30), more: false });
    const older = await read(emails(101, 120), 50, few);
    expect(await read(emails(1, 120), 50, older)).toEqual({ items: emails(71, 120), more: true });
  });

  it('does not read to the end for an email that was deleted', async () => {
    const before = await read(emails(1, 300), 50);
    const left = emails(1, 300).filter(({ id }) => id !== before.items.at(-1)?.id);
    const asked: string[] = [];
    const server = serve(left);
    const counting = (path: string) => {
      asked.push(path);
      return server(path);
    };
    const oldest = before.items.at(-1);
    const after = await readTimeline('/api/v1/contacts/c', { count: 50, oldest }, counting);
    expect(after.items).toHaveLength(50);
    expect(asked).toHaveLength(1);
  });
});
