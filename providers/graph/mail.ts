import { OUTLOOK_QUERY_LIMITS } from '../../domain/search-plan.ts';
import { CursorExpiredError } from '../errors.ts';
import type { MailProvider, OutlookCursor, ProviderSession, SyncCursor } from '../mail-provider.ts';
import { fetchContent } from './attachments.ts';
import { createGraphClient } from './client.ts';
import { createFetcher } from './fetch.ts';
import type { FolderTree } from './folder-tree.ts';
import type { GraphOptions } from './options.ts';
import { BATCH_PARTS, createRequests } from './request.ts';
import { createScans } from './scan.ts';
import { createSearches } from './search.ts';
import { createSync, foldersOf } from './sync.ts';

/** The mail of an Outlook mailbox: everything of a provider but the account and its notifications. */
export type GraphMail = Omit<
  MailProvider,
  'address' | 'profile' | 'ownAddresses' | 'listScopeChoices' | 'watch' | 'unwatch'
> & {
  /** A cursor that stands at "now". */
  baseline(): Promise<OutlookCursor>;
};

/** While these answers are taken apart, the wall is full of other requests. */
const LISTS_BEING_READ = 2;

/**
 * Build one for each attempt: it remembers the folders, and how large a page the mailbox bears.
 */
export const createGraphMail = (options: GraphOptions, session: ProviderSession): GraphMail => {
  const requests = createRequests(session.gate, createGraphClient(options), options);
  let known: Promise<FolderTree> | null = null;
  const tree = (): Promise<FolderTree> => {
    known ??= sync.tree();
    return known;
  };
  const scans = createScans(requests, options, tree);
  const remember = (tree: FolderTree): void => {
    known = Promise.resolve(tree);
  };
  const sync = createSync({ requests, scans, options, now: Date.now, remember });
  const fetcher = createFetcher(requests, tree);
  const searches = createSearches({ requests, fetcher, options, tree });

  return {
    fetchBatchSize: BATCH_PARTS,
    queryLimits: OUTLOOK_QUERY_LIMITS,
    listsAtOnce: options.quota.atOnce + LISTS_BEING_READ,
    listsWhole: (scope) => scope.kind === 'folder',
    baseline: () => sync.baseline(),

    async search(query, pageToken) {
      if (query.addresses !== null) return await searches.search(query, pageToken);
      const { scope } = query;
      const folders =
        scope.kind === 'contacts' || pageToken !== null
          ? [null]
          : foldersOf(scope, (await tree()).folders);
      return await scans.scan(query, folders, pageToken);
    },

    fetchHeads: (ids) => fetcher.fetchHeads(ids),
    fetchMessages: (ids) => fetcher.fetchMessages(ids),
    listChanges: (cursor, scope) => sync.changes(outlookCursor(cursor), scope),
    fetchAttachment: (id, partId) => fetchContent(requests, id, partId),
  };
};

const outlookCursor = (cursor: SyncCursor): OutlookCursor => {
  if (cursor.provider === 'outlook') return cursor;
  throw new CursorExpiredError('This cursor is not one of Outlook.');
};
