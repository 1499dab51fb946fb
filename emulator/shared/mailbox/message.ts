/** A message at rest: the bytes and what a mail server knows besides. Nothing parsed is kept. */
export interface StoredMessage {
  /** Place in arrival order; never reused, so an index may hold it. */
  readonly ordinal: number;
  /** As the provider writes it: 16 hex digits made from the time, or Outlook's immutable id. */
  readonly id: string;
  readonly threadId: string;
  readonly raw: Buffer;
  /** Epoch ms at which the provider accepted the message. */
  readonly internalDate: number;
  /** Label ids. Replaced, never mutated, so equal lists may be shared by thousands. */
  labels: readonly string[];
  /** Id of the last history record about this message. */
  historyId: number;
  /** Search finds the message from this epoch ms on (index lag). */
  searchableAt: number;
}

export type ChangeKind =
  | 'messageAdded'
  | 'messageReplaced'
  | 'messageDeleted'
  | 'labelAdded'
  | 'labelRemoved';

/** One thing that happened to a message, as the history log and the push channel see it. */
export interface MailboxChange {
  kind: ChangeKind;
  historyId: number;
  atMs: number;
  messageId: string;
  threadId: string;
  /** Labels after the change. */
  labels: readonly string[];
  /** Labels added or removed; empty for messageAdded and messageDeleted. */
  changed: readonly string[];
  /** Another change of the same act follows at once: labels taken off before others are put on. */
  unfinished: boolean;
}
