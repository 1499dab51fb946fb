import type { StoredMessage } from '../../shared/mailbox/message.ts';
import type { Folder } from './folders.ts';

/** What Outlook knows of a message beyond its bytes. */
export interface OutlookItem {
  /** Its id is the immutable id. */
  message: StoredMessage;
  folder: Folder;
  /** Moves so far; each gives a new ordinary id. */
  moves: number;
  /** Changes so far, for changeKey and etag. */
  changes: number;
  isDraft: boolean;
  categories: readonly string[];
  /** Single-value extended properties, by their id. */
  extended: ReadonlyMap<string, string>;
  /** Epoch ms. */
  createdMs: number;
  modifiedMs: number;
  /** Not yet served by id: notifications run ahead of the store. */
  readableAtMs: number;
  /** Worked out on first use; dropped with the bytes. */
  hasAttachments: boolean | null;
  sentMs: number | null;
}

export const isRead = (item: OutlookItem): boolean => !item.message.labels.includes('UNREAD');

/** Newest received first; equal times by arrival, so that paging has one order. */
export const newestReceived = (a: OutlookItem, b: OutlookItem): number =>
  b.message.internalDate - a.message.internalDate || b.message.ordinal - a.message.ordinal;
