import type { KeyObject } from 'node:crypto';
import type { KeyRing } from '../crypto/key-ring.ts';
import { pushSecret } from '../crypto/lookup.ts';
import type { Database } from '../db/database.ts';
import type { Provider } from '../domain/inbox.ts';
import { TokenRevokedError } from '../providers/errors.ts';
import type { Lane, MailProvider, ProviderSession } from '../providers/mail-provider.ts';
import type { MailSender } from '../providers/mail-sender.ts';
import { readDataKey } from '../vault/data-keys.ts';
import { openTokens, type Tokens } from '../vault/inbox-seals.ts';
import { createCallGate, type Quotas } from './call-gate.ts';
import { CallSlots } from './call-slots.ts';
import { Grant } from './grant.ts';

/** One per provider: how to make its adapter and renew its grant. */
export interface ProviderKit {
  create(session: ProviderSession): MailProvider;
  sender(session: ProviderSession): MailSender;
  /**
   * @param sending whether the send scope is in use
   * @throws TokenRevokedError the grant is dead
   */
  renew(tokens: Tokens, sending: boolean, signal: AbortSignal): Promise<Tokens>;
  quotas: Quotas;
}

export interface MailboxesOptions {
  database: Database;
  keyRing: KeyRing;
  lookupKey: KeyObject;
  kits: Partial<Record<Provider, ProviderKit>>;
  timeoutMs: number;
  /** Epoch ms. */
  now: () => number;
}

export interface InboxRef {
  inboxId: string;
  epoch: number;
}

/** Opens one inbox's mailbox at its provider, behind the fence and the quota. */
export interface Mailboxes {
  /**
   * @throws StaleEpochError
   * @throws TokenRevokedError the inbox holds no grant
   */
  open(inbox: InboxRef, lane: Lane, signal?: AbortSignal): Promise<MailProvider>;
  /** The same for sending; each call asks again whether it is turned on. */
  openSender(inbox: InboxRef, signal?: AbortSignal): Promise<MailSender>;
}

export function createMailboxes(options: MailboxesOptions): Mailboxes {
  const slots = new CallSlots(options.database);
  const sessionOf = async (
    inbox: InboxRef,
    lane: Lane,
    signal?: AbortSignal,
  ): Promise<{ kit: ProviderKit; session: ProviderSession }> => {
    const { provider, mailboxHash, tokens } = await readGrant(options, inbox);
    const kit = options.kits[provider];
    if (!kit) throw new Error(`This process is not configured for ${provider} inboxes.`);
    const fence = {
      database: options.database,
      inbox,
      timeoutMs: options.timeoutMs,
      ...(signal && { signal }),
    };
    const { keyRing, lookupKey, now } = options;
    const grant = new Grant({ keyRing, now, slots, renew: kit.renew }, fence, tokens);
    const { quotas } = kit;
    const session = {
      gate: createCallGate({ ...fence, provider, mailboxHash, lane, quotas, slots, grant }),
      push: {
        inboxId: inbox.inboxId,
        secret: pushSecret(lookupKey, { ...inbox, tenant: tokens.tenant ?? '' }),
      },
    };
    return { kit, session };
  };
  return {
    open: async (inbox, lane, signal) => {
      const { kit, session } = await sessionOf(inbox, lane, signal);
      return kit.create(session);
    },
    openSender: async (inbox, signal) => {
      const { kit, session } = await sessionOf(inbox, 'user', signal);
      return kit.sender(session);
    },
  };
}

async function readGrant(
  options: MailboxesOptions,
  inbox: InboxRef,
): Promise<{ provider: Provider; mailboxHash: string; tokens: Tokens }> {
  return await options.database.asConnectedInbox(inbox, async (tx, row) => {
    if (!row.tokensCt) throw new TokenRevokedError('This inbox holds no grant; reconnect it.');
    const key = await readDataKey(tx, options.keyRing, row);
    const { provider, mailboxHash } = row;
    return { provider, mailboxHash, tokens: openTokens(key, row, row.tokensCt) };
  });
}
