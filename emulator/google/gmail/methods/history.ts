import type { ChangeKind, MailboxChange } from '../../../shared/mailbox/message.ts';
import type { GmailCall, GmailMethod } from '../call.ts';
import { invalidArgument, notFound } from '../errors.ts';
import { intParam, readPageToken, writePageToken } from '../params.ts';
import { READ_SCOPES } from './messages-list.ts';

const KINDS: readonly string[] = ['messageAdded', 'messageDeleted', 'labelAdded', 'labelRemoved'];

export const historyList: GmailMethod = {
  name: 'gmail.users.history.list',
  httpMethod: 'GET',
  path: 'history',
  scopes: READ_SCOPES,
  handle: (call) => {
    const changes = changesSince(call);
    const { page, nextPageToken } = cutPage(call, changes);
    const history = page.filter(wantedBy(call.query)).map(toRecord);
    return {
      // Without the key when nothing is left, even if more pages follow.
      ...(history.length > 0 && { history }),
      ...(nextPageToken && { nextPageToken }),
      historyId: String(call.mailbox.historyId),
    };
  },
};

/** @throws ApiError 404 when the start is too old or was never handed out */
const changesSince = ({ mailbox, query, now }: GmailCall): MailboxChange[] => {
  const text = query.get('startHistoryId');
  if (text === null || text === '') throw invalidArgument('Missing startHistoryId');
  if (!/^\d+$/.test(text)) {
    throw invalidArgument(`Invalid value at 'start_history_id' (TYPE_UINT64), "${text}"`);
  }
  const start = Number(text);
  const changes = start > mailbox.historyId ? null : mailbox.history.since(start, now);
  if (changes === null) throw notFound();
  return changes;
};

/**
 * Pages are cut before the filters apply, so a page may end up empty and still have a successor.
 * The token holds the last history id of the page.
 */
const cutPage = (
  { query, settings }: GmailCall,
  changes: readonly MailboxChange[],
): { page: MailboxChange[]; nextPageToken: string | null } => {
  const size = intParam(query, 'maxResults', 100, 500);
  const token = query.get('pageToken');
  if (!token && settings.emptyHistoryPage && changes.length > 0) {
    return { page: [], nextPageToken: writePageToken(0, 1) };
  }
  const mark = token ? readPageToken(token).high : 0;
  const rest = changes.filter((change) => change.historyId > mark);
  const page = rest.slice(0, size);
  const last = page.at(-1);
  const more = last !== undefined && rest.length > size;
  return { page, nextPageToken: more ? writePageToken(last.historyId, 1) : null };
};

const wantedBy = (query: URLSearchParams): ((change: MailboxChange) => boolean) => {
  const types = query.getAll('historyTypes');
  const unknown = types.find((type) => !KINDS.includes(type));
  if (unknown !== undefined) {
    throw invalidArgument(`Invalid value at 'history_types' (TYPE_ENUM), "${unknown}"`);
  }
  const labelId = query.get('labelId');
  return (change) =>
    (types.length === 0 || types.includes(change.kind)) &&
    (labelId === null || change.labels.includes(labelId) || change.changed.includes(labelId));
};

const ARRAYS: Record<ChangeKind, string> = {
  // Never kept in the history; Gmail replaces a draft by a new message.
  messageReplaced: 'messagesAdded',
  messageAdded: 'messagesAdded',
  messageDeleted: 'messagesDeleted',
  labelAdded: 'labelsAdded',
  labelRemoved: 'labelsRemoved',
};

const toRecord = (change: MailboxChange) => {
  const message = {
    id: change.messageId,
    threadId: change.threadId,
    ...(change.labels.length > 0 && { labelIds: change.labels }),
  };
  const withLabels = change.kind === 'labelAdded' || change.kind === 'labelRemoved';
  return {
    id: String(change.historyId),
    messages: [{ id: change.messageId, threadId: change.threadId }],
    [ARRAYS[change.kind]]: [{ message, ...(withLabels && { labelIds: change.changed }) }],
  };
};
