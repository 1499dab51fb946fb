import type { Logger } from 'pino';
import type { Settings } from '../config/config.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Database } from '../db/database.ts';
import type { InboxRef, Mailboxes } from '../session/mailboxes.ts';
import type { Mailer } from './mailer.ts';

/** What activities may use; built once by the worker. */
export interface ActivityDeps {
  database: Database;
  keyRing: KeyRing;
  mailboxes: Mailboxes;
  mailer: Mailer;
  settings: Settings;
  log: Logger;
  /** Epoch ms. */
  now: () => number;
}

export type { InboxRef };

export interface BackfillRef extends InboxRef {
  n: number;
}
