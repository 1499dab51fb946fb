import type { Logger } from 'pino';
import type { Settings } from '../config/config.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Database } from '../db/database.ts';
import type { ProviderPace } from '../domain/eta.ts';
import type { Provider } from '../domain/inbox.ts';
import type { InboxRef, Mailboxes } from '../session/mailboxes.ts';
import type { Mailer } from './mailer.ts';

/** What activities may use; built once by the worker. */
export interface ActivityDeps {
  database: Database;
  keyRing: KeyRing;
  mailboxes: Mailboxes;
  /** For how far the first estimate of a backfill was off. */
  pace: Readonly<Record<Provider, ProviderPace>>;
  mailer: Mailer;
  runningInboxes: RunningInboxes;
  settings: Settings;
  log: Logger;
  /** Epoch ms. */
  now: () => number;
}

/** The inbox workflows that run at Temporal. */
export interface RunningInboxes {
  /** Inbox ids. */
  list(): Promise<string[]>;
  cancel(inboxId: string): Promise<void>;
}

export type { InboxRef };

export interface BackfillRef extends InboxRef {
  n: number;
}
