const DAY_MS = 24 * 3600_000;
/** Dates in `q` mean midnight PST, whatever the season (documented). */
const PST_OFFSET_MS = 8 * 3600_000;

/** Epoch ms of `after:`/`before:` values: epoch seconds, yyyy/mm/dd or yyyy-mm-dd. */
export const parseDate = (value: string): number | null => {
  if (/^\d{5,12}$/.test(value)) return Number(value) * 1000;
  const match = /^(\d{4})[/-](\d{1,2})[/-](\d{1,2})$/.exec(value);
  if (!match) return null;
  return Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])) + PST_OFFSET_MS;
};

const UNIT_DAYS: Record<string, number> = { d: 1, m: 30, y: 365 };

/** Ms of `older_than:`/`newer_than:` values such as 5d, 2m, 1y. */
export const parseAge = (value: string): number | null => {
  const match = /^(\d+)([dmy])$/i.exec(value);
  const days = UNIT_DAYS[match?.[2]?.toLowerCase() ?? ''];
  return match && days ? Number(match[1]) * days * DAY_MS : null;
};

/** Bytes of `size:`/`larger:`/`smaller:` values such as 1000000 or 10M. */
export const parseSize = (value: string): number | null => {
  const match = /^(\d+)([km])?b?$/i.exec(value);
  if (!match) return null;
  const factor = { k: 1024, m: 1024 * 1024 }[match[2]?.toLowerCase() ?? ''] ?? 1;
  return Number(match[1]) * factor;
};
