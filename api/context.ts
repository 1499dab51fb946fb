import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Database } from '../db/database.ts';
import type { SendRef } from '../db/outgoing-store.ts';
import type { ProviderPace } from '../domain/eta.ts';
import type { Provider } from '../domain/inbox.ts';
import type { GmailPushVerifier } from '../providers/gmail/push.ts';
import type { InboxRef, Mailboxes } from '../session/mailboxes.ts';
import type { Authenticate } from './auth.ts';
import type { ChangeStreams } from './change-streams.ts';
import type { CodecOptions } from './codec-server.ts';
import type { Connector } from './connect/connector.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { PushCoalescer } from './push-coalescer.ts';
import type { WorkflowControl } from './temporal.ts';

/** Everything a handler may use; built once, by `main.ts` or a test. */
export interface ApiContext {
  settings: ApiSettings;
  database: Database;
  keyRing: KeyRing;
  lookupKey: KeyObject;
  authenticate: Authenticate;
  /** Providers whose credentials are configured. */
  connectors: Partial<Record<Provider, Connector>>;
  mailboxes: Mailboxes;
  workflows: WorkflowControl;
  dispatcher: Pick<Dispatcher, 'dispatch'>;
  /** Never fails and is not waited for. */
  startSend: (send: SendRef) => void;
  /** Null when no push sender is configured: the webhook then does not exist. */
  verifyGmailPush: GmailPushVerifier | null;
  pushes: PushCoalescer;
  changes: ChangeStreams;
  /** Records that the provider's pushes arrive. Never fails. */
  notePush: (inbox: InboxRef) => Promise<void>;
  /** Records that the provider ended its watch, or will: the next look renews it. */
  endWatch: (inbox: InboxRef) => Promise<void>;
  /** Has its workflow look at the inbox now. Never fails. */
  wakeInbox: (inbox: InboxRef) => Promise<void>;
  /** Null when no Temporal UI is named: the codec server then does not exist. */
  codec: CodecOptions | null;
  log: Logger;
  /** Epoch ms. */
  now: () => number;
}

export interface ApiSettings {
  publicUrl: string;
  /** Origins besides our own that a browser may be sent back to. */
  returnToOrigins: readonly string[];
  ratePerMinute: number;
  trustProxy: boolean;
  /** At most this long does a provider's answer take. */
  providerTimeoutMs: number;
  /** How far back the first backfill goes. */
  windowMs: number;
  /** For the ETA of a backfill. */
  pace: Readonly<Record<Provider, ProviderPace>>;
  /** To how many an inbox may write in 24 hours. */
  recipientsPerDay: Record<Provider, number>;
  /** Whether events may go to private networks, and without TLS. */
  events: { allowPrivate: boolean };
}
