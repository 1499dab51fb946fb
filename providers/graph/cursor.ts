import { array, record, string } from '../json.ts';
import type { OutlookCursor } from '../mail-provider.ts';
import type { FolderNode } from './folder-tree.ts';

export type FolderCursor = OutlookCursor['folders'][number];

/** What a round of the folder list says about the folders known so far. */
export interface FolderChanges {
  folders: FolderCursor[];
  /** Ids of folders that came, or lie elsewhere now, with all that is below them. */
  relist: string[];
}

/**
 * Rows of `mailFolders/delta`, laid over what is known: order free, the last one of a folder wins,
 * and a row may hold nothing but what changed. Search folders show mail of other folders.
 */
export const followFolders = (known: readonly FolderCursor[], rows: unknown[]): FolderChanges => {
  const folders = new Map(known.map((folder) => [folder.id, folder]));
  const changed = new Set<string>();
  for (const row of rows.map(record)) {
    const id = string(row.id);
    if (id === '' || /SearchFolder$/i.test(string(row['@odata.type']))) continue;
    const before = folders.get(id);
    if (row['@removed'] !== undefined) {
      folders.delete(id);
      continue;
    }
    const named = string(row.parentFolderId) || null;
    const parentId = named === id ? null : (named ?? before?.parentId ?? null);
    if (before && before.parentId === parentId) continue;
    folders.set(id, before ? { ...before, parentId } : { id, parentId, link: null, whole: false });
    changed.add(id);
  }
  const all = [...folders.values()];
  return { folders: all, relist: below(all, changed).filter((id) => folders.has(id)) };
};

/** These folders and everything in them. */
export const below = (folders: readonly FolderNode[], ids: ReadonlySet<string>): string[] => {
  const found = new Set(ids);
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const { id, parentId } of folders) {
      if (parentId !== null && found.has(parentId)) found.add(id);
    }
  }
  return [...found];
};

/** What the delta rows of one folder say about one message. */
type Said = { row: Record<string, unknown> } | 'ask';

/** What all of them say together. */
export interface MessageChanges {
  /** Rows with all the properties asked for, one per message. */
  heads: Record<string, unknown>[];
  /** Ids of messages to be asked for: gone from a folder, or sent from where the draft was. */
  unsure: string[];
}

/**
 * Delta rows, collapsed to one statement a message. A move is a row in one folder and a removal in
 * the other, seen in any order or at different times, and after A → B → A nothing but a removal; so a
 * removal never means that a message is gone, but that it has to be asked for (B2, D2.4–6).
 */
export const mergeRows = (rounds: readonly (readonly unknown[])[]): MessageChanges => {
  const heads = new Map<string, Record<string, unknown>>();
  const unsure = new Set<string>();
  for (const rows of rounds) {
    for (const [id, said] of collapse(rows)) {
      if (said === 'ask') unsure.add(id);
      else heads.set(id, said.row);
    }
  }
  return { heads: [...heads.values()], unsure: [...unsure].filter((id) => !heads.has(id)) };
};

/** One folder's rows: repeated and in any order, the last one of a message wins (D2.2, D2.10). */
const collapse = (rows: readonly unknown[]): Map<string, Said> => {
  const said = new Map<string, Said>();
  for (const row of rows.map(record)) {
    const id = string(row.id);
    if (id === '') continue;
    const before = said.get(id);
    if (row['@removed'] !== undefined) said.set(id, 'ask');
    else if (row.receivedDateTime !== undefined) said.set(id, { row });
    else if (before && before !== 'ask') said.set(id, { row: { ...before.row, ...row } });
    // Of a message that has been reported before. Read marks and flags are no change to us: asking
    // for each would flood the mailbox's quota when somebody marks a folder read.
    else if (row.isDraft !== undefined) said.set(id, 'ask');
  }
  return said;
};

/** One page of any list. */
export const rowsOf = (page: object): unknown[] => array(record(page).value);

/** The link of that name in a page, or null. */
export const linkOf = (page: object, name: 'nextLink' | 'deltaLink'): string | null =>
  string(record(page)[`@odata.${name}`]) || null;
