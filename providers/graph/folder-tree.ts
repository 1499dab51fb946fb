import type { MessageState } from '../../domain/message.ts';

/** A folder as far as the place of its messages matters. */
export interface FolderNode {
  id: string;
  /** null: nothing is known above it. */
  parentId: string | null;
}

/**
 * Folders whose messages are no mail of ours, by the name that is the same in every language. What
 * is not sent yet counts as draft; Conversation History holds chats.
 */
export const SPECIAL_FOLDERS: Readonly<Record<string, MessageState>> = {
  drafts: 'draft',
  outbox: 'draft',
  junkemail: 'spam',
  deleteditems: 'trash',
  conversationhistory: 'chat',
};

/** States by folder id, of the special folders this mailbox has. */
export type SpecialPlaces = Readonly<Record<string, MessageState>>;

/** No mailbox nests deeper; a ring, which no mailbox has either, must not hang us. */
const MAX_DEPTH = 300;

/** Where the messages of a folder are. */
export class FolderTree {
  readonly folders: readonly FolderNode[];
  readonly #parents: ReadonlyMap<string, string | null>;
  readonly #places: SpecialPlaces;

  constructor(folders: readonly FolderNode[], places: SpecialPlaces) {
    this.folders = folders;
    this.#parents = new Map(folders.map(({ id, parentId }) => [id, parentId]));
    this.#places = places;
  }

  /** The folder itself first, then its ancestors, as `MessageHead.labelIds` wants them. */
  pathOf(id: string): string[] {
    const path: string[] = [];
    let at: string | null = id;
    while (at !== null && !path.includes(at) && path.length < MAX_DEPTH) {
      path.push(at);
      at = this.#parents.get(at) ?? null;
    }
    return path;
  }

  /** A folder in the bin is in the bin. */
  stateOf(id: string): MessageState {
    const special = this.pathOf(id).find((one) => Object.hasOwn(this.#places, one));
    return special === undefined ? 'mail' : (this.#places[special] ?? 'mail');
  }
}
