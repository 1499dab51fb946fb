import type { StoredMessage } from '../../../shared/mailbox/message.ts';
import { SCOPE } from '../../oauth/scopes.ts';
import { newestFirst, search } from '../../search/search.ts';
import type { GmailCall, GmailMethod } from '../call.ts';
import { forbidden, invalidArgument } from '../errors.ts';
import { boolParam, intParam, readPageToken, writePageToken } from '../params.ts';

export const READ_SCOPES = [SCOPE.full, SCOPE.modify, SCOPE.readonly, SCOPE.metadata];

export const messagesList: GmailMethod = {
  name: 'gmail.users.messages.list',
  httpMethod: 'GET',
  path: 'messages',
  scopes: READ_SCOPES,
  handle: (call) => {
    const found = findMessages(call);
    const { page, nextPageToken } = cutPage(found, call.query);
    return {
      // No key at all when nothing matches: clients that read `.length` of it must cope.
      ...(page.length > 0 && {
        messages: page.map((message) => ({ id: message.id, threadId: message.threadId })),
      }),
      ...(nextPageToken && { nextPageToken }),
      resultSizeEstimate: estimate(found.length, page.length, nextPageToken),
    };
  },
};

export const findMessages = ({
  context,
  mailbox,
  token,
  query,
  now,
}: GmailCall): StoredMessage[] => {
  const q = query.get('q') ?? '';
  if (q !== '' && onlyMetadata(token.scopes)) {
    throw forbidden("Metadata scope does not support 'q' parameter");
  }
  if (q.length > context.limits.maxQueryLength) {
    throw invalidArgument('Request contains an invalid argument.');
  }
  const labelIds = query.getAll('labelIds');
  const unknown = labelIds.find((id) => mailbox.labels.get(id) === undefined);
  if (unknown !== undefined) throw invalidArgument(`Invalid label: ${unknown}`);
  const includeSpamTrash = boolParam(query, 'includeSpamTrash');
  return search(mailbox, { q, labelIds, includeSpamTrash }, now);
};

/** Whether the token may see headers only. */
export const onlyMetadata = (scopes: ReadonlySet<string>): boolean =>
  scopes.has(SCOPE.metadata) &&
  !scopes.has(SCOPE.readonly) &&
  !scopes.has(SCOPE.modify) &&
  !scopes.has(SCOPE.full);

/** The page after the token's place, so mail that arrives while paging shifts nothing. */
export const cutPage = (
  found: readonly StoredMessage[],
  query: URLSearchParams,
): { page: StoredMessage[]; nextPageToken: string | null } => {
  const size = intParam(query, 'maxResults', 100, 500);
  const token = query.get('pageToken');
  const start = token ? firstAfter(found, readPageToken(token)) : 0;
  const page = found.slice(start, start + size);
  const last = page.at(-1);
  const more = last !== undefined && start + size < found.length;
  return { page, nextPageToken: more ? writePageToken(last.internalDate, last.ordinal) : null };
};

const firstAfter = (
  found: readonly StoredMessage[],
  { high, low }: { high: number; low: number },
): number => {
  const mark = { internalDate: high, ordinal: low } as StoredMessage;
  const index = found.findIndex((message) => newestFirst(mark, message) < 0);
  return index < 0 ? found.length : index;
};

/** Exact on a single page; 201 beyond, the guess Gmail is known for. Nobody should trust it. */
const estimate = (total: number, onPage: number, next: string | null): number =>
  next === null && total === onPage ? total : 201;
