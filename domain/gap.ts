import type { GapCause } from './inbox.ts';

/** Epoch ms, half open [from, to): a time in which mail may have come without our noticing (B9). */
export interface TimeSpan {
  from: number;
  to: number;
}

/** How much is listed beyond a gap, ms. Generous, as mail stored already costs 5 units per 500. */
export interface RelistMargins {
  beforeMs: number;
  afterMs: number;
}

/** A cursor is committed later than the mail it covers was accepted, and clocks differ (D1.48). */
export const RELIST_MARGINS: RelistMargins = { beforeMs: 86_400_000, afterMs: 3_600_000 };

/**
 * New mail reaches Gmail's search index within minutes as a rule; days were reported (A4). A backfill
 * looks at its newest mail again that much later: the cursor stands behind it, so it would be lost.
 */
export const SEARCH_LAG_MS = 3_600_000;

/**
 * Every inbox is looked at at least this often while a worker runs: an hour beyond the longest poll.
 * A longer silence is a downtime, whatever the cursor can still tell.
 */
export function longestSilenceMs(pollMs: number): number {
  return pollMs + 3_600_000;
}

/** The cursor has told all the same of what was labelled or moved: only new mail can be missing. */
const NEW_MAIL_ALONE: ReadonlySet<GapCause> = new Set(['downtime', 'missed_notification']);

/**
 * What to list again so that the gap may be closed. Mail that was labelled, or taken out of spam, in
 * the gap has kept its date: where no cursor tells of it, the whole window is listed.
 * @param windowStart epoch ms; what is older was never promised (P7)
 */
export function relistWindow(
  gap: TimeSpan & { cause: GapCause },
  windowStart: number,
  now: number,
  margins: RelistMargins = RELIST_MARGINS,
): TimeSpan {
  const from = NEW_MAIL_ALONE.has(gap.cause)
    ? Math.max(gap.from - margins.beforeMs, windowStart)
    : windowStart;
  const to = Math.min(gap.to + margins.afterMs, now);
  return { from: Math.min(from, to), to };
}

/**
 * The days of a gap, for people: "5 June", "3–5 June", "30 June – 2 July", with years where they
 * are not this one.
 * @param timeZone IANA name of the reader's zone
 */
export function describeSpan({ from, to }: TimeSpan, now: number, timeZone: string): string {
  const first = dayOf(from, timeZone);
  const last = dayOf(Math.max(from, to - 1), timeZone);
  const thisYear = dayOf(now, timeZone).year;
  const year = last.year === thisYear && first.year === thisYear ? '' : ` ${last.year}`;
  const end = `${last.day} ${last.month}${year}`;
  if (first.year !== last.year) return `${first.day} ${first.month} ${first.year} – ${end}`;
  if (first.month !== last.month) return `${first.day} ${first.month} – ${end}`;
  return first.day === last.day ? end : `${first.day}–${end}`;
}

/**
 * For the inbox page: "caught up 3–5 June", that it is being done, or that it waits while the inbox
 * rests.
 * @param gap `lastLookAt`: epoch ms, where all is listed but for what search did not know yet
 */
export function describeGap(
  gap: TimeSpan & { closed: boolean; rests: boolean; lastLookAt: number | null },
  now: number,
  timeZone: string,
): string {
  const days = describeSpan(gap, now, timeZone);
  if (gap.closed) return `caught up ${days}`;
  if (gap.rests) return `still to be caught up: ${days}`;
  if (gap.lastLookAt === null || gap.lastLookAt <= now) return `catching up ${days}`;
  const minutes = Math.ceil((gap.lastLookAt - now) / 60_000);
  const soon = minutes === 1 ? 'a minute' : `${minutes} minutes`;
  return `caught up ${days}, but for a last look in ${soon}`;
}

function dayOf(time: number, timeZone: string): { day: string; month: string; year: string } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    calendar: 'gregory',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  }).formatToParts(time);
  const part = (type: string) => parts.find((p) => p.type === type)?.value ?? '';
  return { day: part('day'), month: part('month'), year: part('year') };
}
