import { inLanes } from '../../concurrency/in-lanes.ts';
import type { MessageHead } from '../../domain/message.ts';
import type { ChosenScope } from '../../domain/scope.ts';
import { NotFoundError, ProviderUnavailableError, RequestRefusedError } from '../errors.ts';
import { record, string } from '../json.ts';
import type { ChangePage, OutlookCursor, Reads } from '../mail-provider.ts';
import { below, type FolderCursor, followFolders, linkOf, mergeRows, rowsOf } from './cursor.ts';
import { FolderTree, SPECIAL_FOLDERS } from './folder-tree.ts';
import { HEAD_SELECT } from './map.ts';
import type { GraphOptions } from './options.ts';
import type { GraphRequests } from './request.ts';
import type { Scans } from './scan.ts';
import { headsOf } from './search.ts';

/**
 * How far before "now" a delta begins: further than any two clocks are apart, since mail received
 * before the beginning would never be told of.
 */
const CLOCK_MARGIN_MS = 3_600_000;

const DAY_MS = 86_400_000;

/** Fewer requests for busy folders; how many Graph gives at most is not documented. */
const PAGE = ['odata.maxpagesize=200'];

export interface SyncDeps {
  requests: GraphRequests;
  scans: Scans;
  options: GraphOptions;
  /** Epoch ms. */
  now: () => number;
  /** Told of the folders as soon as they are known. */
  remember: (tree: FolderTree) => void;
}

export interface Sync {
  /** A cursor that stands at "now". */
  baseline(): Promise<OutlookCursor>;
  /** Everything after the cursor, as one page. */
  changes(cursor: OutlookCursor, scope: ChosenScope): Promise<ChangePage>;
  /** The folders and special places of this moment. */
  tree(): Promise<FolderTree>;
}

/**
 * One delta query per folder, and one for the list of folders (B2). Drafts, what is not sent yet, and
 * chats are not followed: what becomes mail comes into a folder that is.
 */
export const createSync = ({ requests, scans, options, now, remember }: SyncDeps): Sync => {
  const lanes = options.quota.atOnce;

  /** Follows a delta to its end. @throws CursorExpiredError */
  const round = async (
    start: Parameters<GraphRequests['get']>[0],
    readsOf?: (answer: object) => Reads,
  ): Promise<{ rows: unknown[]; link: string }> => {
    const rows: unknown[] = [];
    for (let call = start; ; ) {
      const page = await requests.get({ prefer: PAGE, ...call }, readsOf);
      // One by one: a round may hold more rows than a call takes arguments.
      for (const row of rowsOf(page)) rows.push(row);
      const end = linkOf(page, 'deltaLink');
      if (end !== null) return { rows, link: end };
      const next = linkOf(page, 'nextLink');
      if (next === null) throw new ProviderUnavailableError('A delta page has no link to go on.');
      call = { method: call.method, paging: true, to: { link: next } };
    }
  };

  const folderRound = (link: string | null) =>
    round({
      method: 'mailFolders.delta',
      to: link
        ? { link }
        : { path: '/me/mailFolders/delta', query: { $select: 'id,parentFolderId' } },
    });

  const messageRound = (link: string) =>
    round({ method: 'messages.delta', to: { link } }, readsOfRows);

  /** A new delta over what was received from that time on. */
  const begin = (folderId: string, from: number) =>
    round(
      {
        method: 'messages.delta',
        to: {
          path: `/me/mailFolders/${encodeURIComponent(folderId)}/messages/delta`,
          query: {
            $filter: `receivedDateTime ge ${new Date(from).toISOString()}`,
            // Without it Graph promises no order, and the cut would fall anywhere.
            $orderby: 'receivedDateTime desc',
            $select: HEAD_SELECT,
          },
        },
      },
      readsOfRows,
    );

  const allFolders = async () => {
    const { rows, link } = await folderRound(null);
    return { folders: followFolders([], rows).folders, link };
  };

  /** All folders and the special ones; no `$batch`, which would hold every slot until its last part. */
  const foldersAndPlaces = async () => {
    const places: Record<string, MessageHead['state']> = {};
    let all = { folders: [] as FolderCursor[], link: '' };
    const findFolders = async (): Promise<void> => {
      all = await allFolders();
    };
    const findPlaces = Object.entries(SPECIAL_FOLDERS).map(([name, state]) => async () => {
      const to = { path: `/me/mailFolders/${name}`, query: { $select: 'id' } };
      // A mailbox need not have them all; not knowing would put Junk on a timeline.
      const folder = await requests.get({ method: 'mailFolders.get', to }).catch(nullIfMissing);
      if (folder) places[string(record(folder).id)] = state;
    });
    await inLanes([findFolders, ...findPlaces], lanes, (find) => find());
    return { ...all, places };
  };

  /** Everything a folder holds of the promised days: it came, or came from elsewhere, as a whole. */
  const relist = async (folderId: string): Promise<MessageHead[]> => {
    const window = { from: now() - options.windowDays * DAY_MS, to: now() + CLOCK_MARGIN_MS };
    const heads: MessageHead[] = [];
    let token: string | null = null;
    do {
      const page = await scans.scan(window, [folderId], token);
      for (const head of page.heads ?? []) heads.push(head);
      token = page.nextPageToken;
    } while (token !== null);
    return heads;
  };

  /** What a folder tells since its link, and its new link; a folder that is gone tells nothing. */
  const follow = async (
    folder: FolderCursor,
    wholeWindow: boolean,
  ): Promise<{ folder: FolderCursor; rows: unknown[]; starts: boolean }> => {
    const starts = folder.link === null || (wholeWindow && !folder.whole);
    const from = wholeWindow ? now() - options.windowDays * DAY_MS : now() - CLOCK_MARGIN_MS;
    try {
      const { rows, link } = starts
        ? await begin(folder.id, from)
        : await messageRound(folder.link as string);
      const whole = starts ? wholeWindow : folder.whole;
      return { folder: { ...folder, link, whole }, rows, starts };
    } catch (error) {
      if (error instanceof NotFoundError) return { folder, rows: [], starts };
      throw error;
    }
  };

  return {
    async baseline() {
      const { folders, link, places } = await foldersAndPlaces();
      const tree = new FolderTree(folders, places);
      const followed = await inLanes(folders, lanes, async (folder) =>
        isFollowed(tree, folder) ? (await follow(folder, false)).folder : folder,
      );
      return { v: 1, provider: 'outlook', foldersLink: link, places, folders: followed };
    },

    async changes(cursor, scope) {
      const { rows, link } = await folderRound(cursor.foldersLink);
      const { folders, relist: toRelist } = followFolders(cursor.folders, rows);
      const tree = new FolderTree(folders, cursor.places);
      remember(tree);
      const inScope = new Set(foldersOf(scope, folders));
      const asked = folders.filter((one) => inScope.has(one.id) && isFollowed(tree, one));
      // Mail moved into the chosen folder counts whatever its age: its delta covers all the days.
      const wholeWindow = scope.kind === 'folder';
      const answers = await inLanes(asked, lanes, (folder) => follow(folder, wholeWindow));
      const cut = answers.filter(({ starts, rows }) => starts && rows.length >= options.deltaCap);
      const incomplete = new Set([...toRelist, ...cut.map(({ folder }) => folder.id)]);
      const relisted = await inLanes(
        asked.map(({ id }) => id).filter((id) => incomplete.has(id)),
        1,
        relist,
      );
      const { heads: raws, unsure } = mergeRows(answers.map((answer) => answer.rows));
      const heads = [...relisted.flat(), ...headsOf(raws, tree)];
      const touched = [
        ...relisted.flat().map(({ providerMessageId }) => providerMessageId),
        ...raws.map(({ id }) => string(id)),
        ...unsure,
      ];
      const followed = answers.filter(({ starts }) => !starts);
      const moved = new Map(answers.map(({ folder }) => [folder.id, folder]));
      return {
        touchedIds: [...new Set(touched)],
        deletedIds: [],
        heads,
        unannounced: mergeRows(followed.map(({ rows }) => rows)).heads.length === 0,
        nextPageToken: null,
        cursor: {
          ...cursor,
          foldersLink: link,
          folders: folders.map((folder) => moved.get(folder.id) ?? folder),
        },
      };
    },

    async tree() {
      const { folders, places } = await foldersAndPlaces();
      return new FolderTree(folders, places);
    },
  };
};

const isFollowed = (tree: FolderTree, { id }: FolderCursor): boolean => {
  const state = tree.stateOf(id);
  return state !== 'draft' && state !== 'chat';
};

/**
 * Ids of the folders whose mail a scope lets in.
 * @throws RequestRefusedError the chosen folder is gone
 */
export const foldersOf = (
  scope: ChosenScope,
  folders: readonly Pick<FolderCursor, 'id' | 'parentId'>[],
): string[] => {
  if (scope.kind === 'label') throw new RequestRefusedError('Outlook has folders, not labels.');
  if (scope.kind === 'contacts') return folders.map(({ id }) => id);
  if (!folders.some(({ id }) => id === scope.folderId)) {
    throw new RequestRefusedError('The label or folder of this scope is gone; choose another.');
  }
  return scope.includeSubfolders ? below(folders, new Set([scope.folderId])) : [scope.folderId];
};

const nullIfMissing = (error: unknown): null => {
  if (error instanceof NotFoundError) return null;
  throw error;
};

const readsOfRows = (answer: object): Reads => {
  const rows = rowsOf(answer).map(record);
  return {
    ids: rows.length,
    heads: rows.filter(({ receivedDateTime }) => receivedDateTime !== undefined).length,
  };
};
