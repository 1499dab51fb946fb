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

/** New mail reaches Gmail's search index within minutes as a rule; days were reported (A4). */
export const SEARCH_LAG_MS = 3_600_000;

/** Overlapping and touching spans as one, oldest first; empty ones are dropped. */
export function mergeSpans(spans: readonly TimeSpan[]): TimeSpan[] {
  const merged: TimeSpan[] = [];
  const sorted = spans.filter(({ from, to }) => from < to).sort((a, b) => a.from - b.from);
  for (const span of sorted) {
    const last = merged.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else merged.push({ from: span.from, to: span.to });
  }
  return merged;
}

/**
 * What to list again so that the gap may be closed.
 * @param windowStart epoch ms; what is older was never promised (P7)
 * @returns null when the whole gap is older than that: close it without listing
 */
export function relistWindow(
  gap: TimeSpan,
  windowStart: number,
  now: number,
  margins: RelistMargins = RELIST_MARGINS,
): TimeSpan | null {
  if (gap.to <= windowStart) return null;
  const from = Math.max(gap.from - margins.beforeMs, windowStart);
  const to = Math.min(gap.to + margins.afterMs, now);
  return from < to ? { from, to } : null;
}

/**
 * Whether a listing that started at `listedAt` closes the gap. One right after its end shows the
 * user most of the mail at once, but search may not have shown the newest: no margin helps, and
 * the new cursor stands behind it, so it would be lost (I1). List again from then on.
 */
export function closesGap(gap: TimeSpan, listedAt: number, searchLagMs = SEARCH_LAG_MS): boolean {
  return listedAt >= gap.to + searchLagMs;
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

/** For the inbox page: "caught up 3–5 June", or that it is being done. */
export function describeGap(
  gap: TimeSpan & { closed: boolean },
  now: number,
  timeZone: string,
): string {
  const days = describeSpan(gap, now, timeZone);
  return gap.closed ? `caught up ${days}` : `catching up ${days}`;
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
