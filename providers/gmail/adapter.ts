import type { MailMessage, MessageHead } from '../../domain/message.ts';
import { GMAIL_QUERY_LIMITS } from '../../domain/search-plan.ts';
import {
  CursorExpiredError,
  NotFoundError,
  ProviderUnavailableError,
  RequestRefusedError,
} from '../errors.ts';
import { toFetched } from '../fetched.ts';
import type {
  Fetched,
  GmailCursor,
  MailProvider,
  ProviderCall,
  ProviderSession,
  SyncCursor,
} from '../mail-provider.ts';
import { createReadAttachment, fetchAttachmentContent } from './attachment-content.ts';
import { createGmailClient, type Send } from './client.ts';
import type { CallContext } from './errors.ts';
import { createFetcher, type FetchKind } from './fetch.ts';
import { HISTORY_FIELDS, toChangePage, toCursor } from './history.ts';
import { toScopeChoices } from './labels.ts';
import { HEAD_HEADERS, mapHead, mapMessage } from './map.ts';
import type { GmailOptions } from './options.ts';
import { buildQuery } from './query.ts';

/** The largest pages Gmail gives; they cost what small ones do. */
const PAGE_SIZE = 500;
const HISTORY_TYPES = ['messageAdded', 'messageDeleted', 'labelAdded', 'labelRemoved'];

/** No snippet: it is body text, and a head is read before the scope predicate has said yes. */
const HEADS: FetchKind<MessageHead> = {
  params: {
    format: 'metadata',
    fields: 'id,threadId,labelIds,internalDate,payload/headers',
    metadataHeaders: HEAD_HEADERS,
  },
  reads: (heads) => ({ heads }),
  map: (id, raw) => toFetched(id, mapHead(raw)),
};

/** Attachment content stays behind: Gmail names it by an id instead. */
const MESSAGE_PARAMS = {
  format: 'full',
  fields: 'id,threadId,labelIds,internalDate,snippet,payload',
} as const;

/** One Gmail mailbox. Build one per attempt: it holds nothing but the session. */
export const createGmailProvider = (
  options: GmailOptions,
  session: ProviderSession,
): MailProvider => {
  const client = createGmailClient(options);
  const { gate } = session;
  const fetcher = createFetcher(gate, client, options);
  const readAttachment = createReadAttachment(gate, client, options);

  const call = <T extends object>(
    context: CallContext,
    send: Send<T>,
    idsOf: (answer: T) => number = () => 0,
  ): Promise<T> => {
    const spec: ProviderCall = {
      method: context.method,
      units: options.quota.units[context.method],
    };
    return gate(spec, async (access) => {
      const answer = await client.request(context, access, send);
      const ids = idsOf(answer);
      if (ids > 0) spec.answered = { ids };
      return answer;
    });
  };

  const mapWhole = async (id: string, raw: unknown): Promise<Fetched<MailMessage>> => {
    const mapped = mapMessage(raw);
    if (!mapped.ok || mapped.missing.length === 0) return toFetched(id, mapped);
    const bodies = new Map<string, string | null>();
    for (const { partId, attachmentId, size } of mapped.missing) {
      const wanted = attachmentId !== null && size <= options.maxBodyBytes;
      bodies.set(partId, wanted ? await readAttachment(id, attachmentId).catch(orNull) : null);
    }
    return toFetched(id, mapMessage(raw, bodies));
  };

  const messages: FetchKind<MailMessage> = {
    params: MESSAGE_PARAMS,
    reads: (bodies) => ({ bodies }),
    map: mapWhole,
  };

  const profile: MailProvider['profile'] = async () => {
    const answer = await call({ method: 'getProfile' }, (users, http) =>
      users.getProfile({ userId: 'me', fields: 'emailAddress,historyId' }, http),
    );
    if (!answer.emailAddress) throw new ProviderUnavailableError('Gmail gave no address');
    return { address: answer.emailAddress, cursor: toCursor(answer.historyId) };
  };

  return {
    fetchBatchSize: options.fetchBatchSize,
    // Quota binds, not latency: a page beside another one would be no faster.
    listsAtOnce: 1,
    listsWhole: () => false,
    queryLimits: {
      ...GMAIL_QUERY_LIMITS,
      termsPerQuery: options.contactsPerQuery,
      charsPerQuery: options.maxQueryChars,
    },
    profile,
    address: async () => (await profile()).address,

    async ownAddresses() {
      const { sendAs = [] } = await call({ method: 'sendAs.list' }, (users, http) =>
        users.settings.sendAs.list(
          { userId: 'me', fields: 'sendAs(sendAsEmail,isPrimary,verificationStatus)' },
          http,
        ),
      );
      // Anybody can type in an alias; it is theirs once Google has verified it.
      const own = sendAs.filter(
        (alias) => alias.isPrimary || alias.verificationStatus === 'accepted',
      );
      const addresses = own.flatMap((alias) => alias.sendAsEmail ?? []);
      if (!own.some((alias) => alias.isPrimary)) addresses.unshift((await profile()).address);
      return [...new Set(addresses)];
    },

    async listScopeChoices() {
      const { labels = [] } = await call({ method: 'labels.list' }, (users, http) =>
        users.labels.list({ userId: 'me', fields: 'labels(id,name,type)' }, http),
      );
      return toScopeChoices(labels);
    },

    async search(query, pageToken) {
      const labelIds = labelOf(query.scope);
      const q = buildQuery(query);
      if (q === null) return { ids: [], nextPageToken: null };
      // Complex queries were seen to answer empty without a word, which would lose mail.
      if (q.length > 2 * options.maxQueryChars) {
        throw new RequestRefusedError('the query is too long');
      }
      const page = await call(
        { method: 'messages.list', paging: pageToken !== null },
        (users, http) =>
          users.messages.list(
            {
              userId: 'me',
              q,
              maxResults: PAGE_SIZE,
              fields: 'messages/id,nextPageToken',
              ...(labelIds && { labelIds: [labelIds] }),
              ...(pageToken !== null && { pageToken }),
            },
            http,
          ),
        (answer) => answer.messages?.length ?? 0,
      );
      const ids = (page.messages ?? []).flatMap((message) => message.id ?? []);
      return { ids: [...new Set(ids)], nextPageToken: page.nextPageToken || null };
    },

    fetchHeads: (ids) => fetcher.fetch(ids, HEADS),
    fetchMessages: (ids) => fetcher.fetch(ids, messages),

    async listChanges(stored, scope, pageToken) {
      const cursor = gmailCursor(stored);
      const labelId = labelOf(scope);
      const page = await call(
        { method: 'history.list', paging: pageToken !== null },
        (users, http) =>
          users.history.list(
            {
              userId: 'me',
              startHistoryId: cursor.historyId,
              historyTypes: HISTORY_TYPES,
              maxResults: PAGE_SIZE,
              fields: HISTORY_FIELDS,
              ...(labelId && { labelId }),
              ...(pageToken !== null && { pageToken }),
            },
            http,
          ),
        (answer) => {
          const { touchedIds, deletedIds } = toChangePage(answer, cursor, labelId);
          return touchedIds.length + deletedIds.length;
        },
      );
      return toChangePage(page, cursor, labelId);
    },

    fetchAttachment: (messageId, partId) =>
      fetchAttachmentContent(
        { messageId, partId },
        { gate, client, options, read: readAttachment },
      ),

    async watch() {
      const topicName = options.pubsubTopic;
      if (topicName === null) return null;
      const { expiration } = await call({ method: 'watch' }, (users, http) =>
        users.watch({ userId: 'me', requestBody: { topicName } }, http),
      );
      const expiry = Number(expiration);
      if (!(expiry > 0)) throw new ProviderUnavailableError('Gmail watch gave no expiry');
      return { id: null, expiresAt: expiry };
    },

    async unwatch() {
      if (options.pubsubTopic === null) return;
      await gate({ method: 'stop', units: options.quota.units.stop }, (access) =>
        client.command({ method: 'stop' }, access, (users, http) =>
          users.stop({ userId: 'me' }, http),
        ),
      );
    },
  };
};

const gmailCursor = (cursor: SyncCursor): GmailCursor => {
  if (cursor.provider === 'gmail') return cursor;
  throw new CursorExpiredError('This cursor is not one of Gmail.');
};

/** The label to ask for; null for everything. */
const labelOf = (scope: Parameters<MailProvider['listChanges']>[1]): string | null => {
  if (scope.kind === 'folder') throw new RequestRefusedError('Gmail has labels, not folders');
  return scope.kind === 'label' ? scope.labelId : null;
};

/** A body that is gone or refused is a defect of one message; anything else concerns the call. */
const orNull = (err: unknown): null => {
  if (err instanceof NotFoundError || err instanceof RequestRefusedError) return null;
  throw err;
};
