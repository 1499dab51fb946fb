import type { Labels } from '../../shared/mailbox/labels.ts';
import {
  FOLDER_OF_LABEL,
  LABEL_OF_FOLDER,
  type Locale,
  nameIn,
  WELL_KNOWN,
} from './folder-names.ts';
import type { OutlookIds } from './ids.ts';
import type { OutlookItem } from './item.ts';

/** What a delta query on a folder reports about one message. */
export interface MessageLogEntry {
  seq: number;
  messageId: string;
  kind: 'created' | 'updated' | 'removed';
  /** How often the message had moved: with it, the ordinary id it had in this folder. */
  moves: number;
  /** On removal: the message exists no more, rather than elsewhere. */
  gone: boolean;
  /** Properties that changed, on an update. */
  fields: readonly string[];
}

/** How an expired delta token is answered. */
export type DeltaExpiry = 'gone' | 'syncStateNotFound' | 'resyncRequired';

export interface Folder {
  readonly id: string;
  parentId: string | null;
  displayName: string;
  readonly wellKnown: string | null;
  isHidden: boolean;
  /** A search folder shows messages of other folders that pass this `$filter`. */
  readonly search: { filterQuery: string; sourceFolderIds: readonly string[] } | null;
  /** The label that puts a message here; made on first use. */
  label: string | null;
  readonly items: Set<OutlookItem>;
  readonly log: MessageLogEntry[];
  /** Rises when a message comes or goes. */
  version: number;
  /** Tokens of an earlier epoch have expired. */
  deltaEpoch: number;
  deltaExpiry: DeltaExpiry;
}

export interface FolderLogEntry {
  seq: number;
  folderId: string;
  kind: 'changed' | 'removed';
}

interface NewFolder {
  displayName: string;
  parentId: string | null;
  wellKnown?: string;
  isHidden?: boolean;
  search?: Folder['search'];
}

/** The folder tree of one mailbox, and which label of the store stands for which folder. */
export class Folders {
  readonly log: FolderLogEntry[] = [];
  readonly #ids: OutlookIds;
  readonly #labels: Labels;
  readonly #nextSeq: () => number;
  readonly root: Folder;
  #byId = new Map<string, Folder>();
  #byLabel = new Map<string, Folder>();
  #byWellKnown = new Map<string, Folder>();
  #made = 0;

  constructor(
    ids: OutlookIds,
    labels: Labels,
    nextSeq: () => number,
    options: { locale: Locale; missing: readonly string[] },
  ) {
    this.#ids = ids;
    this.#labels = labels;
    this.#nextSeq = nextSeq;
    this.root = this.#make({
      displayName: 'Top of Information Store',
      parentId: null,
      wellKnown: 'msgfolderroot',
    });
    for (const [wellKnown, { parent, hidden }] of Object.entries(WELL_KNOWN)) {
      if (options.missing.includes(wellKnown)) continue;
      const parentId = (parent === null ? this.root : this.#byWellKnown.get(parent))?.id ?? null;
      const displayName = nameIn(options.locale, wellKnown);
      this.#make({ displayName, parentId, wellKnown, isHidden: hidden });
    }
  }

  all(): Folder[] {
    return [...this.#byId.values()];
  }

  /** By id or well-known name; well-known names in any casing. */
  find(idOrName: string): Folder | undefined {
    return this.#byId.get(idOrName) ?? this.#byWellKnown.get(idOrName.toLowerCase());
  }

  /** By id, well-known name, or path of names below the root: `Clients/Acme`. */
  findPath(text: string): Folder | undefined {
    const direct = this.find(text);
    if (direct) return direct;
    return text
      .split('/')
      .reduce<Folder | undefined>(
        (at, name) => at && this.children(at).find((child) => child.displayName === name),
        this.root,
      );
  }

  children(folder: Folder): Folder[] {
    return this.all().filter((other) => other.parentId === folder.id);
  }

  pathOf(folder: Folder): string {
    const parent = folder.parentId === null ? undefined : this.#byId.get(folder.parentId);
    return parent && parent !== this.root
      ? `${this.pathOf(parent)}/${folder.displayName}`
      : folder.displayName;
  }

  /** The folder at a path, with every missing folder on the way made. */
  ensurePath(path: string): Folder {
    const known = this.findPath(path);
    if (known) return known;
    let at = this.root;
    for (const displayName of path.split('/')) {
      const next = this.children(at).find((child) => child.displayName === displayName);
      at = next ?? this.create({ displayName, parentId: at.id });
    }
    return at;
  }

  create(input: NewFolder): Folder {
    const folder = this.#make(input);
    this.#record(folder.id, 'changed');
    return folder;
  }

  rename(folder: Folder, displayName: string): void {
    folder.displayName = displayName;
    this.#record(folder.id, 'changed');
  }

  reparent(folder: Folder, parentId: string): void {
    folder.parentId = parentId;
    this.#record(folder.id, 'changed');
  }

  setHidden(folder: Folder, isHidden: boolean): void {
    folder.isHidden = isHidden;
    this.#record(folder.id, 'changed');
  }

  /** Forgets a folder that nothing is left in. */
  remove(folder: Folder): void {
    this.#byId.delete(folder.id);
    if (folder.label !== null) this.#byLabel.delete(folder.label);
    if (folder.wellKnown !== null) this.#byWellKnown.delete(folder.wellKnown);
    this.#record(folder.id, 'removed');
  }

  labelOf(folder: Folder): string {
    if (folder.label !== null) return folder.label;
    const label = this.#labels.create(`${this.pathOf(folder)} (${this.#made++})`);
    folder.label = label.id;
    this.#byLabel.set(label.id, folder);
    return label.id;
  }

  /**
   * The one folder of a message. Deleted and junk win over what the message was before, a sent copy
   * stays in Sent Items whatever it is tagged with.
   */
  folderFor(labels: readonly string[]): Folder {
    const system = ['TRASH', 'SPAM', 'DRAFT', 'SENT'].find((label) => labels.includes(label));
    const wellKnown = system ? this.find(FOLDER_OF_LABEL[system] ?? '') : undefined;
    if (wellKnown) return wellKnown;
    for (const label of labels) {
      const folder = this.#folderOfUserLabel(label);
      if (folder) return folder;
    }
    const fallback = labels.includes('INBOX') ? 'inbox' : 'archive';
    return this.find(fallback) ?? this.find('inbox') ?? this.root;
  }

  /** Those of `labels` that decide the folder. */
  folderLabels(labels: readonly string[]): string[] {
    return labels.filter((label) => label in FOLDER_OF_LABEL || this.#folderOfUserLabel(label));
  }

  #folderOfUserLabel(id: string): Folder | undefined {
    const known = this.#byLabel.get(id);
    if (known) return known;
    const label = this.#labels.get(id);
    if (label?.type !== 'user') return undefined;
    const folder = this.ensurePath(label.name);
    folder.label ??= id;
    this.#byLabel.set(id, folder);
    return folder;
  }

  #make({ displayName, parentId, wellKnown, isHidden = false, search = null }: NewFolder): Folder {
    const folder: Folder = {
      id: this.#ids.folder(wellKnown ?? `${this.#made++} ${displayName}`),
      parentId,
      displayName,
      wellKnown: wellKnown ?? null,
      isHidden,
      search,
      label: (wellKnown && LABEL_OF_FOLDER[wellKnown]) ?? null,
      items: new Set(),
      log: [],
      version: 0,
      deltaEpoch: 1,
      deltaExpiry: 'gone',
    };
    this.#byId.set(folder.id, folder);
    if (wellKnown) this.#byWellKnown.set(wellKnown, folder);
    return folder;
  }

  #record(folderId: string, kind: FolderLogEntry['kind']): void {
    this.log.push({ seq: this.#nextSeq(), folderId, kind });
  }
}
