/** Of a reconnect; past with the run that catches up. */
export const CATCHES_UP = 'Sync goes on, and what came in meanwhile comes in as well.';

/**
 * How an attempt to connect ended, for the page and for the API's own pages; the code is put on the
 * return address as `outcome=…`. `{days}` is the installation's window: see `outcomeWords`.
 */
export const OUTCOMES = {
  connected: {
    title: 'Your inbox is connected',
    words:
      'The last {days} days of email with your contacts come onto their timelines, newest first. The inbox shows how far that is, and you get an email when it is done.',
  },
  connected_unchosen: {
    title: 'Your inbox is connected',
    words:
      'Nothing of it is read until you choose what shall be synced: one label or folder, or everything with contacts.',
  },
  reconnected: {
    title: 'Your inbox is connected again',
    words: CATCHES_UP,
  },
  reconnected_sending_off: {
    title: 'Your inbox is connected again, for reading only',
    words: `${CATCHES_UP} Send from Sambandh is off now, and emails that waited to be sent were not sent: what you have just agreed to is reading. Turn it on again in the inbox’s box.`,
  },
  already_connected: {
    title: 'This account is connected already',
    words:
      'Nothing has changed: what is synced and whether it may send are as its box says. Change them there.',
  },
  sending_on: {
    title: 'Sending is turned on',
    words: 'You can send from this inbox now. Turn it off at any time; reading goes on as before.',
  },
  sending_refused: {
    title: 'Sending stays off',
    words:
      'You did not give the permission to send, so nothing was changed: reading goes on as before.',
  },
  sending_needs_admin: {
    title: 'Sending stays off',
    words:
      'Microsoft did not give the permission to send (Mail.Send), so nothing was changed: reading goes on as before. If it asked for your administrator, turn sending on again once they have agreed. If you declined, turn it on again whenever you like.',
  },
  consent_denied: {
    title: 'Access was not granted',
    words:
      'You chose not to give access, so nothing was connected and nothing stored. Connect again whenever you like.',
  },
  admin_consent_needed: {
    title: 'Microsoft has not given access yet',
    words:
      'If Microsoft asked for your administrator, they have to agree first: your organisation lets only them approve apps that read mail. If you declined, connect again whenever you like. Nothing was stored but your wish to connect.',
  },
  scopes_missing: {
    title: 'A permission is missing',
    words:
      'Reading messages is not among what was granted, and without it there is nothing to sync. Nothing was stored. Connect again; where the consent page has boxes, leave every one ticked.',
  },
  refresh_token_missing: {
    title: 'The provider gave no lasting access',
    words:
      'Nothing was stored. Remove Sambandh from your apps with access (Google: https://myaccount.google.com/connections, Microsoft: https://myapps.microsoft.com, or https://account.live.com/consent/Manage for personal accounts), then connect again.',
  },
  other_account: {
    title: 'That is another mailbox',
    words:
      'You signed in with a different account than the one this inbox belongs to. Nothing was changed. Reconnect and choose the same account, or connect the other one as a new inbox.',
  },
  other_browser: {
    title: 'This link was begun in another browser',
    words:
      'To protect you, a connection has to be finished in the browser it was begun in. Nothing was connected. If somebody sent you this link, do not follow it. If it was you, begin again here.',
  },
  link_expired: {
    title: 'This link has expired or was used before',
    words:
      'A consent link works once, for 15 minutes, and not after the inbox was disconnected or its history deleted. Nothing was changed. Begin again.',
  },
  code_refused: {
    title: 'The provider did not accept the sign-in',
    words: 'Nothing was stored. Begin again; if it keeps happening, tell your administrator.',
  },
  provider_error: {
    title: 'The provider reported an error',
    words: 'Nothing was stored. Try again; if it keeps happening, tell your administrator.',
  },
  provider_unavailable: {
    title: 'The provider could not be reached',
    words: 'Nothing was stored. Try again in a few minutes.',
  },
  unknown_label: {
    title: 'This mailbox has no such label or folder',
    words:
      'What was chosen as scope does not exist there. Nothing was stored. Connect with all contacts as scope, then choose from the list.',
  },
  stopped_meanwhile: {
    title: 'This was stopped meanwhile',
    words:
      'While you gave access, an inbox of yours was disconnected, its sending turned off, or email history deleted. A stop ends what is under way, too: nothing was connected and nothing stored. Begin again if you want to connect.',
  },
  keys_unavailable: {
    title: 'Your mail could not be protected just now',
    words:
      'The store that keeps the encryption keys did not answer, and without a key nothing is kept: nothing was connected and nothing stored. Begin again in a few minutes; if it keeps happening, tell your administrator.',
  },
  inbox_deleting: {
    title: 'This inbox’s history is being deleted',
    words: 'Wait until the deletion has finished, then connect again.',
  },
} as const satisfies Record<string, { title: string; words: string }>;

export type Outcome = keyof typeof OUTCOMES;

/** @param windowDays what a connect of this installation brings in */
export function outcomeWords(outcome: Outcome, windowDays: number) {
  const { title, words } = OUTCOMES[outcome];
  return { title, words: words.replace('{days}', String(windowDays)) };
}

/** What was asked for is done. */
export const WENT_WELL: readonly Outcome[] = [
  'connected',
  'connected_unchosen',
  'reconnected',
  'reconnected_sending_off',
  'already_connected',
  'sending_on',
];
