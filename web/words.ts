const count = new Intl.NumberFormat('en-GB');
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const dayAndYear = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short' });

export const number = (n: number): string => count.format(n);

/** `1 email`, `2 emails`. */
export const many = (n: number, one: string, more = `${one}s`): string =>
  `${number(n)} ${n === 1 ? one : more}`;

/** Words of the API that begin in lower case, on their own. */
export const sentence = (words: string): string =>
  `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

/** Short enough for a list: the time today, the day this year, else the year too. */
export function shortTime(iso: string, now = new Date()): string {
  const at = new Date(iso);
  if (at.toDateString() === now.toDateString()) return clock.format(at);
  return (at.getFullYear() === now.getFullYear() ? day : dayAndYear).format(at);
}

export const fullTime = (iso: string): string => full.format(new Date(iso));

export const PROVIDERS = {
  gmail: {
    name: 'Gmail',
    company: 'Google',
    maxAttachmentBytes: 15 * 1_048_576,
    place: 'label',
    asks: 'Google asks you to let Sambandh read messages and labels, and nothing else.',
    canRevoke: true,
    revokeAt: [
      { url: 'https://myaccount.google.com/connections', name: 'Google’s list of connected apps' },
    ],
  },
  outlook: {
    name: 'Outlook',
    company: 'Microsoft',
    // Of the 4 MB of a request, a quarter goes to the encoding.
    maxAttachmentBytes: 2.75 * 1_048_576,
    place: 'folder',
    asks: 'Microsoft asks you to let Sambandh read mail and folders, and nothing else.',
    canRevoke: false,
    revokeAt: [
      { url: 'https://myapps.microsoft.com/', name: 'Microsoft’s list of apps for work accounts' },
      { url: 'https://account.live.com/consent/Manage', name: 'its list for personal accounts' },
    ],
  },
} as const;

export type ProviderName = keyof typeof PROVIDERS;

/** Binary units, as mail programs show them. */
export function size(bytes: number): string {
  if (bytes < 1_024) return many(bytes, 'byte');
  const kb = bytes / 1_024;
  return kb < 1_024 ? `${Math.round(kb)} KB` : `${Number((kb / 1_024).toFixed(1))} MB`;
}
