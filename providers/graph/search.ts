import type { MessageHead } from '../../domain/message.ts';
import {
  PageTokenInvalidError,
  RequestRefusedError,
  ResponseTooLargeError,
  TookTooLongError,
} from '../errors.ts';
import { record, string } from '../json.ts';
import type { Reads, SearchPage, SearchQuery } from '../mail-provider.ts';
import type { GraphCall } from './client.ts';
import { linkOf, rowsOf } from './cursor.ts';
import type { Fetcher } from './fetch.ts';
import type { FolderTree } from './folder-tree.ts';
import { buildSearch } from './kql.ts';
import { HEAD_SELECT, MESSAGE_SELECT, mapHead } from './map.ts';
import type { GraphOptions } from './options.ts';
import type { GraphRequests } from './request.ts';

/** Where a search goes on. */
interface SearchToken {
  link: string;
  /** Whether its pages hold whole messages: that is fixed with the first one. */
  bodies: boolean;
  /** Hits so far. */
  hits: number;
}

/** A search without people, to learn whether this mailbox has any (B1, H2). */
const PROBE = { $search: '"received>=2000-01-01"', $select: 'id', $top: 1 };

export interface Searches {
  search(query: SearchQuery, pageToken: string | null): Promise<SearchPage>;
}

export interface SearchDeps {
  requests: GraphRequests;
  fetcher: Fetcher;
  options: GraphOptions;
  tree: () => Promise<FolderTree>;
}

/** KQL search with whole messages or heads in the page (H1). */
export const createSearches = ({ requests, fetcher, options, tree }: SearchDeps): Searches => {
  let pageSize = options.searchPageSize;
  let searchWorks: Promise<boolean> | null = null;

  const probe = (): Promise<boolean> => {
    searchWorks ??= requests
      .get({ method: 'messages.search', to: { path: '/me/messages', query: PROBE } })
      .then(() => true, unlessRefused);
    return searchWorks;
  };

  const ask = (
    target: GraphCall['to'],
    { paging, bodies }: { paging: boolean; bodies: boolean },
  ): Promise<object> =>
    requests.get({ method: 'messages.search', paging, to: target }, (answer): Reads => {
      const ids = rowsOf(answer).length;
      return bodies ? { ids, bodies: ids } : { ids, heads: ids };
    });

  const first = async (kql: string, bodies: boolean): Promise<object> => {
    for (;;) {
      const $select = bodies ? MESSAGE_SELECT : HEAD_SELECT;
      const query = { $search: kql, $select, $top: pageSize };
      try {
        return await ask({ path: '/me/messages', query }, { paging: false, bodies });
      } catch (error) {
        if (!isTooMuch(error) || pageSize === 1) throw error;
        pageSize = Math.floor(pageSize / 2);
      }
    }
  };

  const following = async ({ link, bodies }: SearchToken): Promise<object> => {
    try {
      return await ask({ link }, { paging: true, bodies });
    } catch (error) {
      if (!isTooMuch(error) || pageSize === 1) throw error;
      // The link holds the size of its pages: begin again with smaller ones.
      pageSize = Math.floor(pageSize / 2);
      throw new PageTokenInvalidError('A page of this search was too large to be answered.');
    }
  };

  const toPage = async (answer: object, token: Omit<SearchToken, 'link'>): Promise<SearchPage> => {
    const rows = rowsOf(answer).map(record);
    const ids = [...new Set(rows.map(({ id }) => string(id)).filter(Boolean))];
    const link = linkOf(answer, 'nextLink');
    const hits = token.hits + rows.length;
    const next: SearchToken | null = link === null ? null : { link, bodies: token.bodies, hits };
    const page = { ids, nextPageToken: next && JSON.stringify(next) };
    // Search ends at its cap as if there were no more (B1).
    const missing = link === null && hits >= options.searchCap ? 'narrow' : undefined;
    const brought = token.bodies
      ? { messages: await fetcher.complete(rows) }
      : { heads: headsOf(rows, await tree()) };
    return { ...page, ...brought, ...(missing && { missing }) };
  };

  return {
    async search(query, pageToken) {
      const kql = buildSearch(query.addresses ?? [], query);
      if (kql === null) return { ids: [], nextPageToken: null };
      // Asked for beside the first page, which cannot be read without; a failure meets us there.
      tree().catch(() => {});
      // A search looks into every folder: bodies outside of the chosen one are not ours to read (I3).
      const bodies = query.mayBringBodies && query.scope.kind === 'contacts';
      const token = pageToken === null ? null : (JSON.parse(pageToken) as SearchToken);
      if (token?.bodies && !bodies) {
        throw new PageTokenInvalidError('This search goes on with heads alone.');
      }
      if (token) return await toPage(await following(token), token);
      try {
        return await toPage(await first(kql, bodies), { bodies, hits: 0 });
      } catch (error) {
        if (!(error instanceof RequestRefusedError)) throw error;
        // Either there is no search here, or this query is one too many for it.
        const narrower = (await probe()) && (query.addresses?.length ?? 0) > 1;
        return { ids: [], nextPageToken: null, missing: narrower ? 'narrow' : 'scan' };
      }
    },
  };
};

/** Heads that can be read; of the others their ids are fetched one by one, and get their verdict. */
export const headsOf = (rows: readonly unknown[], tree: FolderTree): MessageHead[] =>
  rows.flatMap((row) => {
    const mapped = mapHead(row, tree);
    return mapped.ok ? mapped.message : [];
  });

/** Large pages time out at Microsoft's gateway, or exceed what is held in memory (D2.16). */
export const isTooMuch = (error: unknown): boolean =>
  error instanceof TookTooLongError || error instanceof ResponseTooLargeError;

const unlessRefused = (error: unknown): false => {
  if (error instanceof RequestRefusedError) return false;
  throw error;
};
