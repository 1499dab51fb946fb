/** KQL dates are days of the mailbox's own time zone, which is not told: a day more on each side. */
const MARGIN_MS = 86_400_000;

/** Plain words wherever they stand; everything else goes into quotes. */
const BARE = /^[a-z0-9][a-z0-9._-]*@[a-z0-9][a-z0-9.-]*$/i;
/** Of no use inside quotes, or able to end them; a star would match every longer word. */
const UNQUOTABLE = /["\\(){}*\s\p{C}\u201c\u201d]+/gu;

/**
 * The value of `$search` for mail with any of the addresses, quotes around it included:
 * `"(participants:a@x.com OR participants:b@y.com) AND received>=2026-08-24 AND received<=…"`.
 * @param addresses of the CRM's, which may hold operators: quoted, they are words like others
 * @returns null when nobody is asked for, which must not turn into the whole mailbox
 * @see reference B1
 */
export const buildSearch = (
  addresses: readonly string[],
  window: { from: number; to: number },
): string | null => {
  const people = addresses.flatMap((address) => term(address) ?? []);
  if (people.length === 0) return null;
  const any = people.map((person) => `participants:${person}`).join(' OR ');
  const from = dayOf(window.from - MARGIN_MS);
  const to = dayOf(window.to + MARGIN_MS);
  return `"(${any}) AND received>=${from} AND received<=${to}"`;
};

const term = (address: string): string | null => {
  const trimmed = address.trim();
  if (BARE.test(trimmed)) return trimmed;
  const phrase = trimmed.replaceAll(UNQUOTABLE, ' ').trim();
  // The whole value stands in quotes already: those inside are escaped.
  return /[\p{L}\p{N}]/u.test(phrase) ? `\\"${phrase}\\"` : null;
};

const dayOf = (ms: number): string => new Date(Math.max(ms, 0)).toISOString().slice(0, 10);
