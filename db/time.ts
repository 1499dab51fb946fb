/** Sessions run in UTC (see orm.ts), so timestamptz reads like `2026-11-22 10:00:00.123+00`. */
export const msOf = (timestamp: string): number =>
  Date.parse(timestamp.replace(' ', 'T').replace(/\+00$/, 'Z'));

export const msOrNull = (timestamp: string | null): number | null =>
  timestamp === null ? null : msOf(timestamp);

/** As a bound parameter for timestamptz. */
export const at = (ms: number): string => new Date(ms).toISOString();

export const atOrNull = (ms: number | null | undefined): string | null =>
  ms === null || ms === undefined ? null : at(ms);
