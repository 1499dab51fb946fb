import type { StoredMessage } from '../../../shared/mailbox/message.ts';
import { parseMime } from '../../../shared/mime/tree.ts';
import type { GmailCall, GmailMethod } from '../call.ts';
import { notFound } from '../errors.ts';
import { toSnippet } from '../snippet.ts';
import { formatOf, toResource } from './messages-get.ts';
import { cutPage, findMessages, onlyMetadata, READ_SCOPES } from './messages-list.ts';

/** The newest matching message of each thread, in list order. */
const heads = (found: readonly StoredMessage[]): StoredMessage[] => {
  const seen = new Set<string>();
  return found.filter(({ threadId }) => !seen.has(threadId) && seen.add(threadId));
};

const toListItem = ({ mailbox, token }: GmailCall, head: StoredMessage) => {
  const newest = mailbox.threads.get(head.threadId)?.at(-1) ?? head;
  return {
    id: head.threadId,
    ...(!onlyMetadata(token.scopes) && { snippet: toSnippet(newest.raw, parseMime(newest.raw)) }),
    historyId: String(newest.historyId),
  };
};

export const threadMethods: GmailMethod[] = [
  {
    name: 'gmail.users.threads.list',
    httpMethod: 'GET',
    path: 'threads',
    scopes: READ_SCOPES,
    handle: (call) => {
      const found = heads(findMessages(call));
      const { page, nextPageToken } = cutPage(found, call.query);
      return {
        ...(page.length > 0 && { threads: page.map((head) => toListItem(call, head)) }),
        ...(nextPageToken && { nextPageToken }),
        resultSizeEstimate: nextPageToken ? 201 : page.length,
      };
    },
  },
  {
    name: 'gmail.users.threads.get',
    httpMethod: 'GET',
    path: 'threads/{id}',
    scopes: READ_SCOPES,
    handle: (call) => {
      const id = call.params.id ?? '';
      const thread = call.mailbox.threads.get(id);
      if (!thread) throw notFound();
      const format = formatOf(call);
      return {
        id,
        historyId: String(Math.max(...thread.map((message) => message.historyId))),
        messages: thread.map((message) => toResource(call, message, format)),
      };
    },
  },
];
