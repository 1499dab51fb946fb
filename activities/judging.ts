import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { v7 as uuidv7 } from 'uuid';
import type { DataKey } from '../crypto/data-key.ts';
import { lookupHash } from '../crypto/lookup.ts';
import { SealBrokenError } from '../crypto/seal.ts';
import { contactVersion, loadContactBook } from '../db/contact-book-store.ts';
import type { InboxTx } from '../db/database.ts';
import type { InboxRow } from '../db/inbox-row.ts';
import type { DecidedMessage, KnownVerdict, StoredEnvelope } from '../db/message-store.ts';
import { type MatchKey, matchKeyOf } from '../domain/address.ts';
import type { MailMessage, MessageHead } from '../domain/message.ts';
import { type Judgement, judge, type ScopeContext } from '../domain/scope.ts';
import type { Verdict } from '../domain/verdict.ts';
import { readDataKey } from '../vault/data-keys.ts';
import { openProfile } from '../vault/inbox-seals.ts';
import { type Envelope, openEnvelope, sealMessage } from '../vault/message-seals.ts';
import type { ActivityDeps } from './deps.ts';

/** What it takes to judge and seal the messages of one inbox, as of `contactSeq`. */
export interface Judging {
  inbox: InboxRow;
  key: DataKey;
  scope: ScopeContext;
  /** Contact addresses up to this one are known here. */
  contactSeq: number;
  contactVersion: number;
  /** Whether the place that the inbox is limited to is left out of account. */
  anyPlace: boolean;
}

export async function loadJudging(
  deps: ActivityDeps,
  tx: InboxTx,
  { anyPlace = false } = {},
): Promise<Judging> {
  const { inbox } = tx;
  const key = await readDataKey(tx, deps.keyRing, inbox);
  const book = await loadContactBook(tx);
  const own = inbox.profileCt ? openProfile(key, inbox, inbox.profileCt).ownAddresses : [];
  return {
    inbox,
    key,
    contactSeq: book.lastSeq,
    contactVersion: book.version,
    anyPlace,
    scope: {
      scope: anyPlace ? { kind: 'contacts' } : inbox.scope,
      contacts: book.byMatchKey,
      ownAddresses: new Set(own.map(matchKeyOf).filter((one): one is MatchKey => one !== null)),
      windowStart: inbox.windowStart,
    },
  };
}

/** The same, or a new one when contacts, scope, own addresses or the data key have changed since. */
export async function refreshJudging(
  deps: ActivityDeps,
  tx: InboxTx,
  judging: Judging,
): Promise<Judging> {
  const { inbox } = tx;
  const unchanged =
    (await contactVersion(tx)) === judging.contactVersion &&
    inbox.keyN === judging.inbox.keyN &&
    isDeepStrictEqual(inbox.scope, judging.inbox.scope) &&
    isDeepStrictEqual(inbox.profileCt, judging.inbox.profileCt);
  return unchanged ? judging : await loadJudging(deps, tx, judging);
}

/** The data key of this transaction: another one, where a rotation began meanwhile. */
export const keyInUse = async (
  deps: ActivityDeps,
  tx: InboxTx,
  { inbox, key }: Judging,
): Promise<DataKey> =>
  tx.inbox.keyN === inbox.keyN ? key : await readDataKey(tx, deps.keyRing, tx.inbox);

/** Contacts of a message that is already stored, judged by its sealed participants. */
export function judgeStored(judging: Judging, stored: StoredEnvelope, log: Logger): string[] {
  const { scope } = judging;
  const envelope = openStored(judging, stored, log);
  if (!envelope) return [];
  const { participants, rfcMessageId } = envelope;
  const judgement = judge(
    {
      providerMessageId: stored.providerMessageId,
      providerThreadId: '',
      state: 'mail',
      labelIds: [],
      receivedAt: stored.receivedAt,
      participants,
      rfcMessageId,
    },
    // Already on a timeline: which place it lies in no longer matters.
    { ...scope, scope: { kind: 'contacts' } },
  );
  return judgement.inScope ? judgement.contactIds : [];
}

/** A row whose seal is broken must not stop a backfill over all the others. */
function openStored({ inbox, key }: Judging, stored: StoredEnvelope, log: Logger): Envelope | null {
  try {
    const ref = { orgId: inbox.orgId, inboxId: inbox.id, messageId: stored.id };
    return openEnvelope(key, ref, stored.envelopeCt);
  } catch (error) {
    if (!(error instanceof SealBrokenError)) throw error;
    log.error({ messageId: stored.id, err: error }, 'a stored message does not open');
    return null;
  }
}

export const judgeHead = (judging: Judging, head: MessageHead): Judgement =>
  judge(head, judging.scope);

/**
 * Who took part in a message never changes: by the same contact book a stranger's mail is a stranger's
 * whatever its labels, and need not be read again.
 */
export const isStranger = (
  { reason, contactVersion }: KnownVerdict,
  judging: Pick<Judging, 'contactVersion'>,
): boolean => reason === 'not_contact' && contactVersion === judging.contactVersion;

/**
 * Whether nothing is left to be read of it: an attempt after a crash does not read it all again, and a
 * mailbox into which thousands are imported gets to its end.
 */
export const isSettled = (
  verdict: KnownVerdict | undefined,
  judging: Pick<Judging, 'contactVersion'>,
): boolean => verdict !== undefined && (verdict.kind === 'stored' || isStranger(verdict, judging));

/** A decision and, as long as it is not committed, the message to decide on again. */
export type Decided = DecidedMessage & { source?: MailMessage };

/** A message in scope, sealed for its row; or its verdict, without anything of its content. */
export function decide(judging: Judging, message: MailMessage): Decided {
  const judgement = judgeHead(judging, message);
  if (!judgement.inScope) {
    return { ...skip(judging, message, judgement.reason), source: message };
  }
  const { inbox, key } = judging;
  const id = uuidv7();
  const sealed = sealMessage(
    key,
    { orgId: inbox.orgId, inboxId: inbox.id, messageId: id },
    message,
  );
  return {
    ...identity(judging, message),
    source: message,
    verdict: { kind: 'stored' },
    message: {
      id,
      providerThreadId: message.providerThreadId,
      direction: judgement.direction,
      hasAttachments: message.attachments.some((attachment) => !attachment.inline),
      contactIds: judgement.contactIds,
      ...sealed,
    },
  };
}

export const skip = (
  judging: Judging,
  head: MessageHead,
  reason: (Verdict & { kind: 'skipped' })['reason'],
): DecidedMessage => ({ ...identity(judging, head), verdict: { kind: 'skipped', reason } });

/** An id of which nothing could be read. */
export const unseen = (
  providerMessageId: string,
  verdict: Exclude<Verdict, { kind: 'stored' }>,
): DecidedMessage => ({
  providerMessageId,
  verdict,
  receivedAt: null,
  rfcIdHash: null,
  senderHash: null,
});

/** Keyed hashes only: enough to answer "why isn't this email here?", useless without the key. */
function identity({ key }: Judging, head: MessageHead) {
  const from = head.participants.find(({ role }) => role === 'from');
  const sender = from ? matchKeyOf(from.address) : null;
  return {
    providerMessageId: head.providerMessageId,
    receivedAt: head.receivedAt,
    rfcIdHash: head.rfcMessageId ? lookupHash(key, 'rfc-id', head.rfcMessageId) : null,
    senderHash: sender ? lookupHash(key, 'sender', sender) : null,
  };
}
