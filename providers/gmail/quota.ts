/** The Gmail methods the engine calls, named as in Google's quota page. */
export type GmailMethod =
  | 'getProfile'
  | 'labels.list'
  | 'sendAs.list'
  | 'history.list'
  | 'messages.list'
  | 'messages.get'
  | 'attachments.get'
  | 'messages.send'
  | 'watch'
  | 'stop';

/** What Google charges and allows. Which list binds depends on the Cloud project's age. */
export interface GmailQuota {
  units: Readonly<Record<GmailMethod, number>>;
  unitsPerUserPerMinute: number;
  unitsPerProjectPerMinute: number;
  /** A billing threshold, not a wall; null where none is documented. */
  unitsPerProjectPerDay: number | null;
}

const UNCHANGED = {
  getProfile: 1,
  'labels.list': 1,
  'sendAs.list': 1,
  'history.list': 2,
  'messages.list': 5,
  'messages.send': 100,
  watch: 100,
  stop: 50,
} as const;

/**
 * `new`: projects created from 2026-05-01. `legacy`: projects that used the API before.
 * @see developers.google.com/workspace/gmail/api/reference/quota (2026-09-10)
 */
export const GMAIL_QUOTAS: Readonly<Record<'new' | 'legacy', GmailQuota>> = {
  new: {
    units: { ...UNCHANGED, 'messages.get': 20, 'attachments.get': 20 },
    unitsPerUserPerMinute: 6_000,
    unitsPerProjectPerMinute: 1_200_000,
    unitsPerProjectPerDay: 80_000_000,
  },
  legacy: {
    units: { ...UNCHANGED, 'messages.get': 5, 'attachments.get': 5 },
    unitsPerUserPerMinute: 15_000,
    unitsPerProjectPerMinute: 1_200_000,
    unitsPerProjectPerDay: null,
  },
};
