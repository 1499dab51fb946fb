import { NotFoundError } from '../errors.ts';
import { record, string } from '../json.ts';
import type { Reads, SearchPage } from '../mail-provider.ts';
import { linkOf, rowsOf } from './cursor.ts';
import type { FolderTree } from './folder-tree.ts';
import { HEAD_SELECT } from './map.ts';
import type { GraphOptions } from './options.ts';
import type { GraphRequests } from './request.ts';
import { headsOf, isTooMuch } from './search.ts';

/** Where a listing goes on: in the first of these folders, below that time. */
interface ScanToken {
  folders: (string | null)[];
  /** Epoch ms. */
  to: number;
  /** Set when a whole page lay within one second: the only way on. */
  link?: string;
}

/** Graph tells times in seconds and keeps more: what shares the last one is listed again. */
const SECOND_MS = 1_000;

export interface Scans {
  /**
   * One page of the heads of a window, newest first.
   * @param folders folder ids; [null]: all of the mailbox
   */
  scan(
    window: { from: number; to: number },
    folders: readonly (string | null)[],
    pageToken: string | null,
  ): Promise<SearchPage>;
}

/**
 * Lists without a search (H2, H3). Pages begin below the last time seen and do not follow Graph's
 * links, which count messages: one deleted meanwhile would hide another one.
 */
export const createScans = (
  requests: GraphRequests,
  options: GraphOptions,
  tree: () => Promise<FolderTree>,
): Scans => {
  let pageSize = options.headPageSize;

  const ask = async (from: number, { folders, to, link }: ScanToken): Promise<object> => {
    const [folder] = folders;
    const base = folder ? `/me/mailFolders/${encodeURIComponent(folder)}/messages` : '/me/messages';
    const readsOf = (answer: object): Reads => {
      const ids = rowsOf(answer).length;
      return { ids, heads: ids };
    };
    if (link) {
      return await requests.get({ method: 'messages.list', paging: true, to: { link } }, readsOf);
    }
    for (;;) {
      const query = {
        $filter: `receivedDateTime ge ${iso(from)} and receivedDateTime lt ${iso(to)}`,
        $orderby: 'receivedDateTime desc',
        $select: HEAD_SELECT,
        $top: pageSize,
      };
      try {
        return await requests.get({ method: 'messages.list', to: { path: base, query } }, readsOf);
      } catch (error) {
        if (!isTooMuch(error) || pageSize === 1) throw error;
        pageSize = Math.floor(pageSize / 2);
      }
    }
  };

  return {
    async scan({ from, to }, folders, pageToken) {
      const token: ScanToken =
        pageToken === null
          ? { folders: [...folders], to: Math.ceil((to + 1) / SECOND_MS) * SECOND_MS }
          : (JSON.parse(pageToken) as ScanToken);
      if (token.folders.length === 0) return { ids: [], nextPageToken: null };
      const answer = await ask(from, token).catch(emptyIfGone);
      const rows = rowsOf(answer).map(record);
      const ids = [...new Set(rows.map(({ id }) => string(id)).filter(Boolean))];
      const next = nextToken(token, to, rows, linkOf(answer, 'nextLink'));
      return {
        ids,
        heads: headsOf(rows, await tree()),
        nextPageToken: next && JSON.stringify(next),
      };
    },
  };
};

const nextToken = (
  token: ScanToken,
  to: number,
  rows: readonly Record<string, unknown>[],
  link: string | null,
): ScanToken | null => {
  if (link === null) {
    const [, ...folders] = token.folders;
    if (folders.length === 0) return null;
    return { folders, to: Math.ceil((to + 1) / SECOND_MS) * SECOND_MS };
  }
  const last = Date.parse(string(rows.at(-1)?.receivedDateTime));
  const below = Math.floor(last / SECOND_MS) * SECOND_MS + SECOND_MS;
  return below < token.to ? { folders: token.folders, to: below } : { ...token, link };
};

/** A folder deleted meanwhile holds nothing any more. */
const emptyIfGone = (error: unknown): object => {
  if (error instanceof NotFoundError) return {};
  throw error;
};

const iso = (ms: number): string => new Date(Math.max(ms, 0)).toISOString();
