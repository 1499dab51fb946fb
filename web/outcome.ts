interface Outcome {
  kind: 'good' | 'warn';
  title: string;
  words: string;
}

/** How an attempt to connect ended, which the API puts on the address it sends the browser back to. */
const OUTCOMES: Record<string, Outcome> = {
  connected: {
    kind: 'good',
    title: 'Your inbox is connected.',
    words: 'The last 90 days of email with your contacts are being brought in, newest first.',
  },
  reconnected: {
    kind: 'good',
    title: 'Your inbox is connected again.',
    words: 'Sync goes on, and what came in meanwhile is caught up.',
  },
  consent_denied: {
    kind: 'warn',
    title: 'Access was not granted.',
    words:
      'You chose not to give access, so nothing was connected and nothing stored. Connect again whenever you like.',
  },
  scopes_missing: {
    kind: 'warn',
    title: 'A permission is missing.',
    words:
      'Reading messages was not ticked, and without it there is nothing to sync. Nothing was stored. Connect again and leave every box ticked.',
  },
  other_account: {
    kind: 'warn',
    title: 'That is another mailbox.',
    words:
      'You signed in with a different account than the one this inbox belongs to. Nothing was changed. Reconnect and choose the same account.',
  },
  inbox_deleting: {
    kind: 'warn',
    title: 'This inbox’s email history is being deleted.',
    words: 'Wait until the deletion has finished, then connect again.',
  },
};

const UNKNOWN: Outcome = {
  kind: 'warn',
  title: 'The inbox was not connected.',
  words:
    'The provider did not finish it. Nothing was stored. Try again; if it keeps happening, tell your administrator.',
};

/** Told once: the address is cleaned, so that a reload does not say it again. */
export function outcomeOf(): Outcome | null {
  const query = new URLSearchParams(location.search);
  const outcome = query.get('outcome');
  if (outcome === null) return null;
  history.replaceState(null, '', `/${location.hash}`);
  return OUTCOMES[outcome] ?? UNKNOWN;
}
