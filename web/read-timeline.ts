import { get } from './api.ts';
import type { TimelineItem } from './api-types.ts';

interface TimelinePage {
  messages: TimelineItem[];
  nextCursor: string | null;
}

/** What is shown of a timeline, newest first, without a hole. */
export interface Shown {
  items: readonly TimelineItem[];
  /** Whether there is anything older. */
  more: boolean;
}

type Read = (path: string) => Promise<TimelinePage>;

/** Emails. */
export const PAGE = 50;

/**
 * Reads from the newest on, page after page, until `count` are there and the oldest one that was
 * shown, which newer email pushes down: nothing that is looked at goes away.
 * @throws ApiProblem; TypeError when the server cannot be reached
 */
export async function readTimeline(
  path: string,
  { count, oldest }: { count: number; oldest: TimelineItem | undefined },
  read: Read = get,
): Promise<Shown> {
  const items: TimelineItem[] = [];
  let cursor: string | null = '';
  do {
    const after: string = cursor && `&cursor=${encodeURIComponent(cursor)}`;
    const page = await read(`${path}/timeline?limit=${PAGE}${after}`);
    items.push(...page.messages);
    cursor = page.nextCursor;
  } while (cursor !== null && (items.length < count || isNewer(items.at(-1), oldest)));
  const kept = items.filter((item) => oldest && !isNewer(oldest, item)).length;
  const shown = items.slice(0, Math.max(count, kept));
  return { items: shown, more: shown.length < items.length || cursor !== null };
}

/** In the order of timelines; times and ids are texts of one length. */
const isNewer = (one: TimelineItem | undefined, other: TimelineItem | undefined): boolean =>
  one !== undefined &&
  other !== undefined &&
  (one.receivedAt === other.receivedAt ? one.id > other.id : one.receivedAt > other.receivedAt);
