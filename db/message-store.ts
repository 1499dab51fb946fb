import assert from 'node:assert';
import { isDeepStrictEqual } from 'node:util';
import type { Direction } from '../domain/message.ts';
import type { Scope } from '../domain/scope.ts';
import type { FailureCode, SkipReason, Verdict } from '../domain/verdict.ts';
import { ScopeChangedError } from './errors.ts';
import { at, atOrNull, msOf } from './time.ts';
import type { InboxTx } from './tx.ts';
import { byText, inStatements, valuesOf } from './values.ts';

export interface SealedMessage {
  /** The row id the ciphertexts are bound to. */
  id: string;
  providerThreadId: string;
  direction: Direction;
  hasAttachments: boolean;
  /** `messages.envelope_ct` */
  envelopeCt: Buffer;
  /** `messages.body_ct` */
  bodyCt: Buffer;
  contactIds: string[];
}

export interface DecidedMessage {
  providerMessageId: string;
  verdict: Verdict;
  /** Hashes for "why isn't this email here?"; null where unknown. */
  rfcIdHash: Buffer | null;
  senderHash: Buffer | null;
  /** Known for every stored one. */
  receivedAt: number | null;
  /** There if and only if the verdict is stored. */
  message?: SealedMessage;
}

/** What decided about the messages: in practice the InboxRow that they were judged by. */
export interface JudgedBy {
  scope: Scope;
  /** Of the contact book; verdicts keep it, so that a later book can look again. */
  contactVersion?: number;
}

/**
 * A page: messages with the event `message.synced` of each, whose timelines they are on, and
 * verdicts. Again, or by two at once, it changes nothing; a message that is there gets the contact links it lacks; stored never falls back.
 * Call it once a transaction and with the fence, beside the cursor that covers the page.
 * @returns provider ids of the messages that were not there before
 * @throws ScopeChangedError judge again (I3)
 */
export const commitMessages = async (
  tx: InboxTx,
  judgedBy: JudgedBy,
  decided: readonly DecidedMessage[],
): Promise<string[]> => {
  assertSameScope(tx, judgedBy);
  const sorted = distinct(decided);
  const stored = sorted.filter(isStored);
  const inserted = insertMessages(tx, stored);
  insertLinks(
    tx,
    stored.map(({ providerMessageId, message }) => ({
      providerMessageId,
      contactIds: message.contactIds,
    })),
  );
  putVerdicts(tx, judgedBy, sorted);
  return await inserted;
};

export interface ContactLinks {
  providerMessageId: string;
  contactIds: readonly string[];
}

/**
 * Puts messages already stored on further timelines: contacts that came later (B4).
 * @throws ScopeChangedError
 */
export const linkContacts = (
  tx: InboxTx,
  judgedBy: JudgedBy,
  links: readonly ContactLinks[],
): void => {
  assertSameScope(tx, judgedBy);
  const sorted = links.toSorted((a, b) => byText(a.providerMessageId, b.providerMessageId));
  insertLinks(tx, sorted);
  tx.send(
    `update verdicts set contact_version = $2
     where inbox_id = app_inbox() and provider_message_id = any($1) and contact_version < $2`,
    [sorted.map(({ providerMessageId }) => providerMessageId), judgedBy.contactVersion ?? 0],
  );
};

export interface StoredEnvelope {
  id: string;
  providerMessageId: string;
  receivedAt: number;
  envelopeCt: Buffer;
}

/** To match stored mail against late contacts without asking the provider again. */
export const readStoredEnvelopes = async (
  tx: InboxTx,
  providerMessageIds: readonly string[],
): Promise<StoredEnvelope[]> => {
  const rows = await tx.sql<Omit<StoredEnvelope, 'receivedAt'> & { receivedAt: string }>(
    `select id, provider_message_id as "providerMessageId", received_at as "receivedAt",
       envelope_ct as "envelopeCt"
     from messages where inbox_id = app_inbox() and provider_message_id = any($1)`,
    [providerMessageIds],
  );
  return rows.map((row) => ({ ...row, receivedAt: msOf(row.receivedAt) }));
};

export interface KnownVerdict {
  kind: Verdict['kind'];
  reason: SkipReason | FailureCode | null;
  decidedAt: number;
  contactVersion: number;
}

/** Ids without a verdict are not in the map. */
export const knownVerdicts = async (
  tx: InboxTx,
  providerMessageIds: readonly string[],
): Promise<Map<string, KnownVerdict>> => {
  const rows = await tx.sql<
    Pick<KnownVerdict, 'kind' | 'reason'> & Record<'id' | 'decided_at' | 'contact_version', string>
  >(
    `select provider_message_id as id, kind, reason, decided_at, contact_version from verdicts
     where inbox_id = app_inbox() and provider_message_id = any($1)`,
    [providerMessageIds],
  );
  return new Map(
    rows.map(({ id, kind, reason, decided_at, contact_version }) => [
      id,
      { kind, reason, decidedAt: msOf(decided_at), contactVersion: Number(contact_version) },
    ]),
  );
};

const assertSameScope = (tx: InboxTx, judgedBy: JudgedBy): void => {
  if (!isDeepStrictEqual(tx.inbox.scope, judgedBy.scope)) throw new ScopeChangedError(tx.inbox.id);
};

interface StoredMessage extends DecidedMessage {
  receivedAt: number;
  message: SealedMessage;
}

const isStored = (decided: DecidedMessage): decided is StoredMessage => {
  const complete = decided.message !== undefined && decided.receivedAt !== null;
  const stored = decided.verdict.kind === 'stored';
  assert(stored ? complete : !decided.message, 'stored if and only if it has its message');
  return stored;
};

/** One row each, in one order everywhere; of an id given twice the stored one counts, else the last. */
const distinct = (decided: readonly DecidedMessage[]): DecidedMessage[] => {
  const byId = new Map<string, DecidedMessage>();
  for (const d of decided) {
    if (byId.get(d.providerMessageId)?.verdict.kind !== 'stored') byId.set(d.providerMessageId, d);
  }
  return [...byId.values()].sort((a, b) => byText(a.providerMessageId, b.providerMessageId));
};

const MESSAGE_TYPES = ['uuid', 'text', 'text', 'text', 'timestamptz', 'boolean', 'bytea', 'bytea'];

const insertMessages = async (tx: InboxTx, stored: readonly StoredMessage[]): Promise<string[]> => {
  const { id: inboxId, orgId, userId } = tx.inbox;
  const inserting = inStatements(stored, MESSAGE_TYPES.length).map((part) => {
    const { text, params } = valuesOf(
      MESSAGE_TYPES,
      part.map(({ providerMessageId, receivedAt, message: m }) => [
        m.id,
        providerMessageId,
        m.providerThreadId,
        m.direction,
        at(receivedAt),
        m.hasAttachments,
        m.envelopeCt,
        m.bodyCt,
      ]),
      [inboxId, orgId, userId],
    );
    // With the event of each in one statement, which costs next to nothing where nobody asked.
    return tx.sql<{ ids: string[] | null }>(
      `with inserted as (
         insert into messages (inbox_id, org_id, user_id, id, provider_message_id,
           provider_thread_id, direction, received_at, has_attachments, envelope_ct, body_ct)
         select $1::uuid, $2, $3, v.* from (values ${text}) as v
         on conflict (inbox_id, provider_message_id) do nothing
         returning id, provider_message_id, provider_thread_id, direction, received_at
       )
       select array_agg(provider_message_id) as ids,
         record_events('message.synced', $1::uuid, array_agg(jsonb_build_object(
           'messageId', id, 'threadId', provider_thread_id, 'direction', direction,
           'receivedAt', to_char(received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
           order by received_at))
       from inserted`,
      params,
    );
  });
  return (await Promise.all(inserting)).flat().flatMap(({ ids }) => ids ?? []);
};

/** Ids without a message are passed over. */
const insertLinks = (tx: InboxTx, links: readonly ContactLinks[]): void => {
  const pairs = links.flatMap(({ providerMessageId, contactIds }) =>
    contactIds.map((contactId) => [providerMessageId, contactId] as const),
  );
  if (pairs.length === 0) return;
  tx.send(
    `insert into message_contacts (message_id, contact_id, inbox_id, org_id, user_id, received_at,
       shared)
     select m.id, v.contact_id, m.inbox_id, m.org_id, m.user_id, m.received_at,
       exists (select from thread_shares s where s.inbox_id = m.inbox_id
         and s.provider_thread_id = m.provider_thread_id)
     from unnest($1::text[], $2::text[]) as v(provider_message_id, contact_id)
     join messages m on m.inbox_id = app_inbox() and m.provider_message_id = v.provider_message_id
     order by m.id, v.contact_id
     on conflict (message_id, contact_id) do nothing`,
    [pairs.map(([id]) => id), pairs.map(([, contactId]) => contactId)],
  );
};

const VERDICT_TYPES = ['text', 'text', 'text', 'bytea', 'bytea', 'timestamptz', 'bigint'];

const putVerdicts = (tx: InboxTx, judgedBy: JudgedBy, decided: readonly DecidedMessage[]): void => {
  for (const part of inStatements(decided, VERDICT_TYPES.length)) {
    const { text, params } = valuesOf(
      VERDICT_TYPES,
      part.map((d) => [
        d.providerMessageId,
        d.verdict.kind,
        reasonOf(d.verdict),
        d.rfcIdHash,
        d.senderHash,
        atOrNull(d.receivedAt),
        judgedBy.contactVersion ?? 0,
      ]),
    );
    tx.send(
      `insert into verdicts as old (inbox_id, provider_message_id, kind, reason, rfc_id_hash,
         sender_hash, received_at, contact_version)
       select app_inbox(), v.* from (values ${text}) as v
       on conflict (inbox_id, provider_message_id) do update
         set kind = excluded.kind, reason = excluded.reason, decided_at = now(),
           contact_version = excluded.contact_version,
           rfc_id_hash = coalesce(excluded.rfc_id_hash, old.rfc_id_hash),
           sender_hash = coalesce(excluded.sender_hash, old.sender_hash),
           received_at = coalesce(excluded.received_at, old.received_at)
         where old.kind <> 'stored'`,
      params,
    );
  }
};

const reasonOf = (verdict: Verdict): string | null => {
  if (verdict.kind === 'skipped') return verdict.reason;
  return verdict.kind === 'failed' ? verdict.code : null;
};
