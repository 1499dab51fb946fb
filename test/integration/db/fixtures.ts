import { randomUUID } from 'node:crypto';
import { type ConnectInput, connectInbox } from '../../../db/connect-inbox.ts';
import { type ContactInput, putContacts } from '../../../db/contact-store.ts';
import type { Attempt, User } from '../../../db/database.ts';
import type { DecidedMessage } from '../../../db/message-store.ts';
import type { MatchKey } from '../../../domain/address.ts';
import type { Verdict } from '../../../domain/verdict.ts';
import type { TestDatabase } from '../../support/database.ts';
import { createTestKeyRing } from '../../support/key-ring.ts';

export const ALICE: User = { orgId: 'acme', userId: 'alice' };
/** A teammate of Alice. */
export const BOB: User = { orgId: 'acme', userId: 'bob' };
/** Called Alice too, in another org. */
export const OTHER_ALICE: User = { orgId: 'globex', userId: 'alice' };

export const DAY_MS = 86_400_000;
/** A fixed noon; rows are dated back from it instead of waiting. */
export const NOON = Date.UTC(2026, 10, 22, 12);

export const keys = createTestKeyRing();

export const connectInput = (
  user: User,
  {
    mailbox = `${user.userId}@${user.orgId}`,
    ...more
  }: Partial<ConnectInput> & { mailbox?: string } = {},
): ConnectInput => ({
  ...user,
  provider: 'gmail',
  addressHash: Buffer.from(mailbox),
  scope: { kind: 'contacts' },
  grantedScopes: ['gmail.readonly'],
  now: NOON,
  windowMs: 90 * DAY_MS,
  keys,
  seal: () => ({
    profileCt: Buffer.from('profile'),
    tokensCt: Buffer.from('tokens'),
    cursorCt: Buffer.from('cursor'),
  }),
  ...more,
});

export const connect = async (
  { api }: TestDatabase,
  user: User = ALICE,
  more: Parameters<typeof connectInput>[1] = {},
): Promise<Attempt> => {
  const { inboxId, epoch } = await api.asUser(user, (tx) =>
    connectInbox(tx, connectInput(user, more)),
  );
  return { inboxId, epoch };
};

export const contact = (id: string, ...addresses: string[]): ContactInput => ({
  id,
  name: `Contact ${id}`,
  addresses: addresses.map((address) => ({ address, matchKey: address.toLowerCase() as MatchKey })),
});

export const addContacts = ({ api }: TestDatabase, orgId: string, ...contacts: ContactInput[]) =>
  api.asOrg(orgId, (tx) => putContacts(tx, contacts));

export const stored = (
  providerMessageId: string,
  { contactIds = ['c1'], receivedAt = NOON }: { contactIds?: string[]; receivedAt?: number } = {},
): DecidedMessage => ({
  providerMessageId,
  verdict: { kind: 'stored' },
  receivedAt,
  rfcIdHash: Buffer.from(`rfc ${providerMessageId}`),
  senderHash: Buffer.from('sender'),
  message: {
    id: randomUUID(),
    providerThreadId: 'thread',
    direction: 'inbound',
    hasAttachments: false,
    envelopeCt: Buffer.from(`envelope ${providerMessageId}`),
    bodyCt: Buffer.from(`body ${providerMessageId}`),
    contactIds,
  },
});

export const decided = (
  providerMessageId: string,
  verdict: Exclude<Verdict, { kind: 'stored' }>,
): DecidedMessage => ({
  providerMessageId,
  verdict,
  receivedAt: null,
  rfcIdHash: null,
  senderHash: null,
});

/** A promise and the means to settle it: for stopping a transaction in the middle. */
/** A connection that was begun, for `putOauthState`; it lasts a minute. */
export const oauthState = (user: User, stateHash: Buffer) => ({
  stateHash,
  browserHash: Buffer.from('browser'),
  ...user,
  provider: 'gmail' as const,
  scope: { kind: 'contacts' as const },
  inboxId: null,
  secretCt: Buffer.from('secret'),
  returnTo: '/',
  expiresAt: Date.now() + 60_000,
});

export const gate = () => Promise.withResolvers<void>();

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
