import type { Gap } from '../../db/gap-store.ts';
import { describeGap } from '../../domain/gap.ts';
import { iso, isoOrNull } from './time.ts';

/** Dates in words are UTC: the page has its reader's own time zone. */
export function gapView({ id, cause, from, to, openedAt, closedAt }: Gap, now: number) {
  return {
    words: describeGap({ from, to, closed: closedAt !== null }, now, 'UTC'),
    id,
    cause,
    from: iso(from),
    to: iso(to),
    openedAt: iso(openedAt),
    closedAt: isoOrNull(closedAt),
  };
}
