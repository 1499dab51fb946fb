/** States of an inbox, as stored. Epoch rises at connect, disconnect and delete. */
export type InboxStatus = 'connected' | 'needs_reconnect' | 'disconnected' | 'deleting';

export type Provider = 'gmail' | 'outlook';

/** Why an inbox needs its user: shown on the page, mailed once. */
export const RECONNECT_REASONS = ['revoked', 'scopes_missing', 'mailbox_unavailable'] as const;
export type ReconnectReason = (typeof RECONNECT_REASONS)[number];

export type BackfillKind =
  | 'initial'
  | 'contacts'
  | 'scope'
  | 'gap'
  | 'recheck'
  /** Goes again through what failed or is missing of another. */
  | 'replay'
  /** Searches the whole window for what has no verdict. */
  | 'check';

export type BackfillState =
  | 'requested'
  | 'running'
  | 'completed'
  | 'completed_with_failures'
  /** Given up: what stopped it would stop it again. Its workflow says why. */
  | 'failed'
  | 'cancelled';

export type GapCause =
  | 'cursor_expired'
  | 'disconnected'
  | 'revoked'
  /** Nobody looked for longer than the longest poll. */
  | 'downtime'
  /** A look found what push, which worked, had not announced. */
  | 'missed_notification'
  /** The label or folder of the scope does not exist any more. */
  | 'scope_gone'
  /** A completeness check found messages that nobody had seen. */
  | 'missed';

/** What keeps a connected inbox from syncing and its user can mend. */
export type InboxProblem = 'scope_gone';
