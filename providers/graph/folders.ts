import type { ScopeChoice } from '../mail-provider.ts';

/** A mail folder as Graph lists it. */
export interface GraphFolder {
  id: string;
  displayName: string;
  /** Its own id, or one that is not listed, at the top. */
  parentFolderId: string | null;
  childFolderCount: number | null;
  isHidden: boolean | null;
  '@odata.type'?: string;
}

/** Folders whose mail is never stored, and those that hold none of the user's. */
const NEVER: ReadonlySet<string> = new Set([
  'drafts',
  'deleteditems',
  'junkemail',
  'outbox',
  'conversationhistory',
  'recoverableitemsdeletions',
  'scheduled',
  'searchfolders',
  'syncissues',
]);

/** The provider's own that a user may choose, in the order they are shown. */
const SYSTEM: readonly string[] = ['inbox', 'sentitems', 'archive', 'clutter'];

/** What to ask Graph the ids of; display names are in the mailbox's language. */
export const WELL_KNOWN: readonly string[] = [...SYSTEM, ...NEVER];

/**
 * The user's own folders by path, then the provider's. Left out: hidden folders and search folders,
 * whose mail lies elsewhere, what is never stored, and all that lies below these.
 * @param names well-known name by folder id
 */
export const toScopeChoices = (
  folders: readonly GraphFolder[],
  names: ReadonlyMap<string, string>,
): ScopeChoice[] => {
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  const chosen: (ScopeChoice & { rank: number })[] = [];
  for (const folder of byId.values()) {
    const line = lineOf(folder, byId);
    if (line.some((one) => isLeftOut(one, names))) continue;
    const rank = SYSTEM.indexOf(names.get(folder.id) ?? '');
    const name = line.map(({ displayName }) => displayName).join(' / ');
    chosen.push({ kind: 'folder', id: folder.id, name, system: rank >= 0, rank });
  }
  chosen.sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name));
  return chosen.map(({ rank: _, ...choice }) => choice);
};

/** A folder and what it lies in, from the top. A circle, which Graph should not give, ends it. */
const lineOf = (folder: GraphFolder, byId: ReadonlyMap<string, GraphFolder>): GraphFolder[] => {
  const line: GraphFolder[] = [];
  for (let at: GraphFolder | undefined = folder; at && !line.includes(at); ) {
    line.unshift(at);
    at = byId.get(at.parentFolderId ?? '');
  }
  return line;
};

const isLeftOut = (folder: GraphFolder, names: ReadonlyMap<string, string>): boolean =>
  folder.isHidden === true ||
  folder['@odata.type'] === '#microsoft.graph.mailSearchFolder' ||
  NEVER.has(names.get(folder.id) ?? '');
