import { isDeepStrictEqual } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { createDataKey, type DataKey, unwrapDataKey } from '../crypto/data-key.ts';
import type { KeyRing } from '../crypto/key-ring.ts';
import type { Provider } from '../domain/inbox.ts';
import type { InboxState } from '../domain/inbox-transitions.ts';
import { isChosen, type Scope } from '../domain/scope.ts';
import { type BackfillRequest, insertBackfill, reviveBackfills } from './backfill-store.ts';
import { insertCommand } from './command-store.ts';
import { holdContactSeq } from './contact-book-store.ts';
import { FlowEndedError } from './errors.ts';
import { extendWaitingGap, insertGap } from './gap-store.ts';
import { lockInbox } from './inbox-lock.ts';
import type { InboxRow } from './inbox-row.ts';
import { nextState } from './inbox-transition.ts';
import { insertKey, readKeys } from './keys-store.ts';
import { stopOutgoing } from './outgoing-store.ts';
import { insertCursor } from './sync-store.ts';
import { at, msOf } from './time.ts';
import { one, type Tx } from './tx.ts';

export interface SealedConnection {
  profileCt: Buffer;
  tokensCt: Buffer;
  /**
   * Where sync shall begin, taken before anything is listed; not used by an inbox that syncs. Null
   * where the scope is unchosen.
   */
  cursorCt: Buffer | null;
}

export interface ConnectInput {
  orgId: string;
  userId: string;
  provider: Provider;
  addressHash: Buffer;
  scope: Scope;
  /** A mailbox with a history keeps the scope that was chosen; default false. */
  keepsScope?: boolean;
  /** Of a connect that named no inbox: one that is connected stays as it is; default false. */
  leavesConnected?: boolean;
  grantedScopes: string[];
  /** Whether its user has asked to send and the grant covers it; default false. */
  sending?: boolean;
  /** Epoch ms; no later than the moment at which the cursor was taken. */
  now: number;
  /** How far back the first backfill goes. */
  windowMs: number;
  keys: KeyRing;
  /**
   * Must not wait for anything: the inbox is locked.
   * @param kept the inbox as it was, when it keeps another scope than `scope`
   */
  seal: (inboxId: string, dataKey: DataKey, kept: InboxRow | null) => SealedConnection;
}

export interface ConnectedInbox {
  inboxId: string;
  epoch: number;
  /** False where it was connected already and was left as it is. */
  changed: boolean;
  /** False when there is no earlier history of this mailbox. */
  reconnected: boolean;
  /** Whether anything of it is read. */
  chosen: boolean;
  /** It could send until now. */
  sendingEnded: boolean;
  commandId: number;
}

/**
 * Connects a mailbox, for the first time or again, and asks for the backfill it needs: the whole
 * window, or the gap since it was last synced; with nothing chosen, none. One that is left as it is gets
 * a look, which tells at once if its grant has ended.
 * @throws InboxDeletingError
 * @throws FlowEndedError a scope was chosen meanwhile, and no cursor was taken for it
 */
export const connectInbox = async (tx: Tx, input: ConnectInput): Promise<ConnectedInbox> => {
  const inbox = await lockInbox(tx, await findOrInsert(tx, input));
  if (input.leavesConnected && inbox.status === 'connected') return await leave(tx, inbox);
  const { next } = nextState(inbox, 'connect');
  const { dataKey, fresh } = await dataKeyOf(tx, inbox, input.keys);
  const wasRead = !fresh && isChosen(inbox.scope);
  const scope = input.keepsScope && wasRead ? inbox.scope : input.scope;
  const kept = isDeepStrictEqual(scope, input.scope) ? null : inbox;
  const sealed = input.seal(inbox.id, dataKey, kept);
  const lastSeq = await holdContactSeq(tx);
  const windowStart = fresh ? input.now - input.windowMs : inbox.windowStart;
  await update(tx, next, inbox.id, { ...input, scope }, sealed, windowStart);
  if (!input.sending) await stopOutgoing(tx, inbox.id, 'sending_turned_off');

  const whole = { windowFrom: windowStart, windowTo: input.now, seqAfter: 0, seqUpto: lastSeq };
  if (wasRead && inbox.status !== 'connected') await catchUp(tx, inbox, whole);
  if (!isChosen(scope)) {
    await forgetPlace(tx, inbox.id);
  } else {
    if (!wasRead) {
      await insertBackfill(tx, inbox.id, { kind: 'initial', ...whole });
      await cover(tx, inbox.id, lastSeq);
    } else if (!isDeepStrictEqual(inbox.scope, scope)) {
      const gap = await extendWaitingGap(tx, inbox.id, { cause: 'scope_gone', to: input.now });
      await insertBackfill(tx, inbox.id, { kind: 'scope', ...whole, gapId: gap?.id });
      await cover(tx, inbox.id, lastSeq);
    }
    await beginAt(tx, inbox, sealed.cursorCt, input.now);
  }
  const commandId = await insertCommand(tx, { inboxId: inbox.id, kind: 'open', epoch: next.epoch });
  return {
    inboxId: inbox.id,
    epoch: next.epoch,
    changed: true,
    reconnected: !fresh,
    chosen: isChosen(scope),
    sendingEnded: inbox.sending && !input.sending,
    commandId,
  };
};

const leave = async (tx: Tx, { id, epoch, scope }: InboxRow): Promise<ConnectedInbox> => ({
  ...{ inboxId: id, epoch, changed: false, reconnected: true, sendingEnded: false },
  chosen: isChosen(scope),
  commandId: await insertCommand(tx, { inboxId: id, kind: 'wake', epoch }),
});

/** Two callbacks for one mailbox end up with one row. */
const findOrInsert = async (tx: Tx, input: ConnectInput): Promise<string> => {
  const { orgId, userId, provider, addressHash } = input;
  const mailbox = [orgId, userId, provider, addressHash];
  await tx.sql(
    `insert into inboxes (org_id, user_id, provider, address_hash, id, status, epoch, scope,
       window_start, connected_at)
     values ($1, $2, $3, $4, $5, 'disconnected', 0, $6, $7, $7)
     on conflict (org_id, user_id, provider, address_hash) do nothing`,
    [...mailbox, uuidv7(), JSON.stringify(input.scope), at(input.now)],
  );
  const rows = await tx.sql<{ id: string }>(
    `select id from inboxes
     where org_id = $1 and user_id = $2 and provider = $3 and address_hash = $4`,
    mailbox,
  );
  return one(rows).id;
};

const dataKeyOf = async (
  tx: Tx,
  { id: inboxId, orgId }: InboxRow,
  keys: KeyRing,
): Promise<{ dataKey: DataKey; fresh: boolean }> => {
  const owner = { orgId, inboxId };
  const stored = await readKeys(tx, inboxId);
  if (stored.length > 0) return { dataKey: await unwrapDataKey(keys, owner, stored), fresh: false };
  const { key, ...wrapped } = await createDataKey(keys, owner);
  await insertKey(tx, inboxId, wrapped);
  return { dataKey: key, fresh: true };
};

const update = async (
  tx: Tx,
  next: InboxState,
  id: string,
  { scope, grantedScopes, now, sending = false }: ConnectInput,
  { profileCt, tokensCt }: SealedConnection,
  windowStart: number,
): Promise<void> => {
  await tx.sql(
    `update inboxes set status = $2, epoch = $3, scope = $4, granted_scopes = $5, profile_ct = $6,
       tokens_ct = $7, window_start = $8, connected_at = $9, reconnect_reason = null,
       problem = null, problem_since = null,
       disconnected_at = null, sending = $10
     where id = $1`,
    [
      id,
      next.status,
      next.epoch,
      JSON.stringify(scope),
      grantedScopes,
      profileCt,
      tokensCt,
      at(windowStart),
      at(now),
      sending,
    ],
  );
};

/**
 * The old cursor may be too old to follow, so what lies between is a gap, closed by a backfill over the
 * whole window: mail labelled or taken out of spam meanwhile has kept its date. Backfills that the
 * disconnect cut short go on.
 */
const catchUp = async (
  tx: Tx,
  inbox: InboxRow,
  whole: Pick<BackfillRequest, 'windowFrom' | 'windowTo' | 'seqAfter' | 'seqUpto'>,
): Promise<void> => {
  const [cursor] = await tx.sql<{ synced_at: string }>(
    'delete from sync_cursors where inbox_id = $1 returning synced_at',
    [inbox.id],
  );
  const from = cursor ? msOf(cursor.synced_at) : inbox.connectedAt;
  const cause = inbox.status === 'needs_reconnect' ? 'revoked' : 'disconnected';
  const to = whole.windowTo;
  const waiting = await extendWaitingGap(tx, inbox.id, { cause: 'revoked', to });
  const gapId = waiting?.id ?? (await insertGap(tx, inbox.id, { cause, from, to }));
  await insertBackfill(tx, inbox.id, { kind: 'gap', ...whole, gapId });
  await reviveBackfills(tx, inbox.id);
};

const cover = async (tx: Tx, inboxId: string, seq: number): Promise<void> => {
  await tx.sql('update inboxes set covered_seq = $2 where id = $1', [inboxId, seq]);
};

/** @throws FlowEndedError */
const beginAt = async (
  tx: Tx,
  { id, status }: InboxRow,
  cursorCt: Buffer | null,
  now: number,
): Promise<void> => {
  if (cursorCt) await insertCursor(tx, id, { cursorCt, syncedAt: now });
  // One that is connected has the cursor of whoever has chosen meanwhile.
  else if (status !== 'connected') throw new FlowEndedError();
};

/** Nothing is followed, and no contact counts as covered, so that no check is asked for either. */
const forgetPlace = async (tx: Tx, inboxId: string): Promise<void> => {
  await tx.sql('delete from sync_cursors where inbox_id = $1', [inboxId]);
  await cover(tx, inboxId, 0);
};
