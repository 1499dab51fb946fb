import type { Clock } from '../../shared/clock.ts';
import type { Mailbox } from '../../shared/mailbox/mailbox.ts';
import type { MailboxChange } from '../../shared/mailbox/message.ts';
import type { Locale } from './folder-names.ts';
import { type DeltaExpiry, type Folder, Folders, type MessageLogEntry } from './folders.ts';
import type { OutlookIds } from './ids.ts';
import { newestReceived, type OutlookItem } from './item.ts';

/** Something a change notification may tell of. */
export interface OutlookEvent {
  type: 'created' | 'updated' | 'deleted';
  item: OutlookItem;
  /** The ordinary id counts moves; a deletion tells of the id before the move. */
  moves: number;
  folder: Folder;
  /** One half of a move, which whoever watches the whole mailbox by immutable id sees as one. */
  move: boolean;
}

export interface OutlookOptions {
  locale: Locale;
  /** Well-known folders this mailbox does not have. */
  missingFolders: readonly string[];
}

/** Labels that are properties here. */
const PROPERTY_OF_LABEL: Record<string, string> = { UNREAD: 'isRead', STARRED: 'flag' };

/**
 * A mailbox as Outlook sees it: every message in one folder. It follows the store's changes, keeps
 * a log per folder for delta queries, and tells listeners what to notify about.
 */
export class Outlook {
  readonly mailbox: Mailbox;
  readonly ids: OutlookIds;
  readonly folders: Folders;
  /** Ms until a new message can be read by id. */
  readableAfterMs = 0;
  readonly #clock: Clock;
  #items = new Map<string, OutlookItem>();
  #listeners: ((event: OutlookEvent) => void)[] = [];
  #sorted = new Map<string, { version: number; items: OutlookItem[] }>();
  #version = 0;
  #seq = 0;
  foldersEpoch = 1;
  foldersExpiry: DeltaExpiry = 'gone';

  constructor(mailbox: Mailbox, ids: OutlookIds, clock: Clock, options: OutlookOptions) {
    this.mailbox = mailbox;
    this.ids = ids;
    this.#clock = clock;
    this.folders = new Folders(ids, mailbox.labels, () => ++this.#seq, {
      locale: options.locale,
      missing: options.missingFolders,
    });
    mailbox.onChange((change) => this.#onChange(change));
  }

  get seq(): number {
    return this.#seq;
  }

  onEvent(listener: (event: OutlookEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** By the id the store uses. */
  item(immutableId: string): OutlookItem | undefined {
    return this.#items.get(immutableId);
  }

  /** By either kind of id; an ordinary id dies with the next move. */
  find(id: string): OutlookItem | undefined {
    const parsed = this.ids.parse(id);
    const item = parsed ? this.#items.get(parsed.immutableId) : undefined;
    return item && (parsed?.moves === null || parsed?.moves === item.moves) ? item : undefined;
  }

  /** Of one folder, or of the whole mailbox; newest received first. Do not mutate. */
  sorted(folder: Folder | null): OutlookItem[] {
    const key = folder?.id ?? '';
    const version = folder?.version ?? this.#version;
    const known = this.#sorted.get(key);
    if (known?.version === version) return known.items;
    const items = [...(folder?.items ?? this.#items.values())].sort(newestReceived);
    this.#sorted.set(key, { version, items });
    return items;
  }

  move(item: OutlookItem, folder: Folder): void {
    const label = this.folders.labelOf(folder);
    const others = this.folders.folderLabels(item.message.labels).filter((one) => one !== label);
    this.mailbox.relabel(item.message.id, [label], others);
  }

  setCategories(item: OutlookItem, categories: readonly string[]): void {
    item.categories = [...categories];
    this.#update(item, ['categories']);
  }

  /** A draft that becomes mail: same immutable id, another folder, sent now. */
  send(item: OutlookItem, raw: Buffer): void {
    item.isDraft = false;
    this.mailbox.replace(item.message.id, raw, this.#clock.now());
    const sent = this.folders.find('sentitems');
    if (sent) this.move(item, sent);
  }

  /** Makes every delta token of the folder, or of all folders, too old. */
  expireDelta(folder: Folder | null, expiry: DeltaExpiry): void {
    for (const one of folder ? [folder] : this.folders.all()) {
      one.deltaEpoch++;
      one.deltaExpiry = expiry;
    }
    if (folder) return;
    this.foldersEpoch++;
    this.foldersExpiry = expiry;
  }

  /** After a seed: what was laid down is no change. */
  forgetLogs(): void {
    for (const folder of this.folders.all()) folder.log.length = 0;
    this.folders.log.length = 0;
  }

  /** Deletes a folder and all below it, without a row for any message, as Exchange does. */
  removeFolder(folder: Folder): void {
    for (const child of this.folders.children(folder)) this.removeFolder(child);
    for (const item of [...folder.items]) this.mailbox.delete(item.message.id);
    this.folders.remove(folder);
  }

  #onChange(change: MailboxChange): void {
    if (change.kind === 'messageAdded') this.#add(change);
    const item = this.#items.get(change.messageId);
    if (!item) return;
    switch (change.kind) {
      case 'messageAdded':
        break;
      case 'messageReplaced':
        this.#replace(item);
        break;
      case 'messageDeleted':
        this.#delete(item);
        break;
      default:
        this.#relabelled(item, change);
    }
  }

  #add(change: MailboxChange): void {
    const message = this.mailbox.get(change.messageId);
    if (!message) return;
    const folder = this.folders.folderFor(message.labels);
    const item: OutlookItem = {
      message,
      folder,
      moves: 0,
      changes: 1,
      isDraft: message.labels.includes('DRAFT'),
      categories: [],
      extended: new Map(),
      createdMs: message.internalDate,
      modifiedMs: message.internalDate,
      readableAtMs: this.readableAfterMs === 0 ? 0 : this.#clock.now() + this.readableAfterMs,
      hasAttachments: null,
      sentMs: null,
    };
    this.#items.set(message.id, item);
    this.#enter(item, folder);
    this.#tell({ type: 'created', item, moves: 0, folder, move: false });
  }

  #replace(item: OutlookItem): void {
    const message = this.mailbox.get(item.message.id);
    if (!message) return;
    item.message = message;
    item.hasAttachments = null;
    item.sentMs = null;
    item.folder.version++;
    this.#version++;
    this.#update(item, ['subject', 'body', 'toRecipients', 'receivedDateTime']);
  }

  #delete(item: OutlookItem): void {
    this.#items.delete(item.message.id);
    this.#leave(item, item.folder, true);
    this.#tell({ type: 'deleted', item, moves: item.moves, folder: item.folder, move: false });
  }

  #relabelled(item: OutlookItem, change: MailboxChange): void {
    const fields = change.changed.flatMap((label) => PROPERTY_OF_LABEL[label] ?? []);
    if (fields.length > 0) this.#update(item, fields);
    const folder = change.unfinished ? item.folder : this.folders.folderFor(change.labels);
    if (folder === item.folder) return;
    const from = item.folder;
    this.#leave(item, from, false);
    this.#tell({ type: 'deleted', item, moves: item.moves, folder: from, move: true });
    item.moves++;
    item.changes++;
    item.folder = folder;
    item.modifiedMs = this.#clock.now();
    this.#enter(item, folder);
    this.#tell({ type: 'created', item, moves: item.moves, folder, move: true });
  }

  #update(item: OutlookItem, fields: readonly string[]): void {
    item.changes++;
    item.modifiedMs = this.#clock.now();
    this.#log(item, item.folder, 'updated', false, fields);
    const { moves, folder } = item;
    this.#tell({ type: 'updated', item, moves, folder, move: false });
  }

  #enter(item: OutlookItem, folder: Folder): void {
    folder.items.add(item);
    folder.version++;
    this.#version++;
    this.#log(item, folder, 'created', false, []);
  }

  #leave(item: OutlookItem, folder: Folder, gone: boolean): void {
    folder.items.delete(item);
    folder.version++;
    this.#version++;
    this.#log(item, folder, 'removed', gone, []);
  }

  #log(
    item: OutlookItem,
    folder: Folder,
    kind: MessageLogEntry['kind'],
    gone: boolean,
    fields: readonly string[],
  ): void {
    const { moves, message } = item;
    folder.log.push({ seq: ++this.#seq, messageId: message.id, kind, moves, gone, fields });
  }

  #tell(event: OutlookEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
