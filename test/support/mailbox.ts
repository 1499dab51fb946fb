import type { AddMessage, EmulatorControl } from '../../emulator/control/contract.ts';
import type { ScopeChoice } from './person.ts';

export const PROVIDERS = ['gmail', 'outlook'] as const;
export type MailProviderName = (typeof PROVIDERS)[number];

/** How pushes travel; each field as the emulator's own, by default in order, once and at once. */
export interface PushTrouble {
  /** Chance that one is lost for good. */
  drop?: number;
  /** Chance that one comes twice. */
  duplicate?: number;
  /** Up to so much random delay, which reorders. */
  jitterMs?: number;
}

/** What the provider's log calls the calls that tests count, slow down and let fail. */
export interface CallNames {
  /** Once for each look for changes. */
  look: string;
  /** Lists messages for a backfill. */
  search: string;
  /** Whatever brings most bodies of a backfill. */
  bodies: string;
  /** One message by its id, alone or as a part of a batch. */
  get: string;
  /** Renews a token. */
  renewal: string;
}

/** A mailbox, and what happens to it at its provider, by that provider's own means. */
export interface Mailbox {
  readonly calls: CallNames;
  /**
   * Slows a backfill down until `hurry`, so that it has a middle.
   * @param times as slow as usual, 1 by default
   */
  dawdle(times?: number): Promise<void>;
  hurry(): Promise<void>;
  revokeGrant(): Promise<void>;
  setSuspended(isSuspended: boolean): Promise<void>;
  /** Makes every cursor handed out so far useless. */
  forgetCursors(): Promise<void>;
  setSearchLag(ms: number): Promise<void>;
  troublePushes(trouble: PushTrouble): Promise<void>;
  /** Whether every push so far was taken. */
  pushesAnswered(): Promise<boolean>;
  /** A label, or a folder. */
  createPlace(name: string): Promise<Place>;
}

/** Where mail can be, and what can be a scope. */
export interface Place {
  readonly scope: ScopeChoice;
  /** For mail that lies here from the beginning. */
  readonly at: Pick<AddMessage, 'labels' | 'folder'>;
  put(id: string): Promise<void>;
  takeOut(id: string): Promise<void>;
  rename(name: string): Promise<void>;
  delete(): Promise<void>;
}

/** A scope that no mailbox has. */
export const UNKNOWN_PLACE: Record<MailProviderName, ScopeChoice> = {
  gmail: { kind: 'label', labelId: 'Label_404' },
  outlook: { kind: 'folder', folderId: 'AAMk404', includeSubfolders: false },
};

type Of = { emulator: EmulatorControl; address: string };

const gmail = ({ emulator, address }: Of): Mailbox => ({
  calls: {
    look: 'gmail.users.history.list',
    search: 'gmail.users.messages.list',
    bodies: 'batch',
    get: 'gmail.users.messages.get',
    renewal: 'oauth.token',
  },
  dawdle: (times = 1) => emulator.setLatency({ rules: [{ method: 'batch', ms: 100 * times }] }),
  hurry: () => emulator.setLatency({ rules: [] }),
  revokeGrant: () => emulator.revokeGrant({ address }),
  setSuspended: async (isSuspended) => {
    await emulator.setAccountSettings({ address, mailEnabled: !isSuspended });
  },
  forgetCursors: async () => {
    await emulator.forgetHistory({ address });
  },
  setSearchLag: async (searchLagMs) => {
    await emulator.setAccountSettings({ address, searchLagMs });
  },
  troublePushes: async ({ drop = 0, duplicate = 0, jitterMs = 0 }) => {
    await emulator.setPush({ drop, duplicate, jitterMs, minIntervalMs: 0 });
  },
  pushesAnswered: async () => areAnswered(address, await emulator.pushDeliveries()),
  createPlace: async (name) => {
    const { id } = await emulator.createLabel({ address, name });
    return {
      scope: { kind: 'label', labelId: id },
      at: { labels: ['INBOX', id] },
      put: (message) => emulator.modifyLabels({ address, id: message, add: [id] }),
      takeOut: (message) => emulator.modifyLabels({ address, id: message, remove: [id] }),
      rename: async (next) => {
        await emulator.renameLabel({ address, label: id, name: next });
      },
      delete: () => emulator.deleteLabel({ address, label: id }),
    };
  },
});

const outlook = ({ emulator, address }: Of): Mailbox => ({
  calls: {
    look: 'graph.mailFolders.delta',
    search: 'graph.messages.search',
    bodies: 'graph.messages.search',
    get: 'graph.messages.get',
    renewal: 'entra.token',
  },
  dawdle: (times = 1) =>
    emulator.setLatency({
      rules: [
        // A page holds more messages than a batch of Gmail's.
        { method: 'graph.messages.search', ms: 400 * times },
        { method: 'graph.messages.get', ms: 60 * times },
      ],
    }),
  hurry: () => emulator.setLatency({ rules: [] }),
  revokeGrant: async () => {
    await emulator.revokeSessions({ address });
    await emulator.expireAccessTokens({ address });
  },
  setSuspended: async (isSuspended) => {
    await emulator.setOutlookSettings({ address, mailEnabled: !isSuspended });
  },
  forgetCursors: () => emulator.expireDelta({ address }),
  setSearchLag: async (searchLagMs) => {
    await emulator.setOutlookSettings({ address, searchLagMs });
  },
  troublePushes: async ({ drop = 0, duplicate = 0, jitterMs = 0 }) => {
    await emulator.setNotifications({ drop, duplicate, jitterMs });
  },
  pushesAnswered: async () => areAnswered(address, await emulator.notificationDeliveries()),
  createPlace: async (path) => {
    const { id } = await emulator.createFolder({ address, path });
    return {
      scope: { kind: 'folder', folderId: id, includeSubfolders: false },
      at: { folder: id },
      put: (message) => emulator.moveMessage({ address, id: message, folder: id }),
      takeOut: (message) => emulator.moveMessage({ address, id: message, folder: 'inbox' }),
      rename: async (name) => {
        await emulator.renameFolder({ address, folder: id, name });
      },
      delete: () => emulator.deleteFolder({ address, folder: id }),
    };
  },
});

const areAnswered = (
  address: string,
  deliveries: readonly { address: string; status: string }[],
): boolean =>
  deliveries
    .filter((one) => one.address === address)
    .every(({ status }) => status === 'acknowledged');

export const mailboxAt = (provider: MailProviderName, of: Of): Mailbox =>
  provider === 'gmail' ? gmail(of) : outlook(of);
