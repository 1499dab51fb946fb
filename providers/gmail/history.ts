import type { gmail_v1 } from '@googleapis/gmail';
import { ProviderUnavailableError } from '../errors.ts';
import type { ChangePage, GmailCursor } from '../mail-provider.ts';

/** Leaving one of these makes old mail visible: "not spam", taken from the bin, draft sent. */
const HIDING = new Set(['SPAM', 'TRASH', 'DRAFT', 'CHAT']);

/** The parts of `history.list` that matter; `messages` only repeats the typed arrays. */
export const HISTORY_FIELDS =
  'history(messagesAdded/message/id,messagesDeleted/message/id,' +
  'labelsAdded(labelIds,message/id),labelsRemoved(labelIds,message/id)),nextPageToken,historyId';

/** A mailbox position as cursor. @throws ProviderUnavailableError it is no number */
export const toCursor = (historyId: string | null | undefined): GmailCursor => {
  if (!historyId || !/^\d{1,20}$/.test(historyId)) {
    throw new ProviderUnavailableError('Gmail gave no history id');
  }
  return { v: 1, provider: 'gmail', historyId };
};

/**
 * One page collapsed to ids. Order inside a page does not matter: a deletion is final and wins,
 * everything else is read again from the message. Read and star marks are no change to us: a
 * message fetched for each would cost 20 units a click.
 * @param labelId of the label scope, or null
 */
export const toChangePage = (
  page: gmail_v1.Schema$ListHistoryResponse,
  start: GmailCursor,
  labelId: string | null,
): ChangePage & { cursor: GmailCursor | null } => {
  const touched = new Set<string>();
  const deleted = new Set<string>();
  const collect = (into: Set<string>, entries: { message?: { id?: string | null } }[] = []) => {
    for (const { message } of entries) if (message?.id) into.add(message.id);
  };
  // A page may come without `history` and still not be the last.
  for (const record of page.history ?? []) {
    collect(touched, record.messagesAdded);
    collect(deleted, record.messagesDeleted);
    collect(
      touched,
      record.labelsAdded?.filter((change) =>
        change.labelIds?.some((id) => id === labelId || id === 'SENT'),
      ),
    );
    collect(
      touched,
      record.labelsRemoved?.filter((change) => change.labelIds?.some((id) => HIDING.has(id))),
    );
  }
  const nextPageToken = page.nextPageToken || null;
  return {
    touchedIds: [...touched].filter((id) => !deleted.has(id)),
    deletedIds: [...deleted],
    nextPageToken,
    cursor: nextPageToken ? null : later(start, toCursor(page.historyId)),
  };
};

/** Numbers beyond 2^53, and as strings '9' > '10': a cursor moved back would loop for ever. */
const later = (a: GmailCursor, b: GmailCursor): GmailCursor =>
  BigInt(b.historyId) > BigInt(a.historyId) ? b : a;
