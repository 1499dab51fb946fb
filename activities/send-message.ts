import type { InboxTx } from '../db/database.ts';
import {
  claimAttempt,
  findOutgoing,
  type OutgoingRow,
  requeue,
  settleOutgoing,
  stopOutgoing,
} from '../db/outgoing-store.ts';
import { StaleEpochError } from '../domain/errors.ts';
import { lookAgainMs } from '../domain/outgoing.ts';
import { isChosen } from '../domain/scope.ts';
import { ProviderError } from '../providers/errors.ts';
import type { OutgoingMail, SentMail } from '../providers/mail-sender.ts';
import { readDataKey } from '../vault/data-keys.ts';
import { openOutgoing } from '../vault/outgoing-seals.ts';
import { bringCopy } from './bring-copy.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import { withHeartbeat } from './heartbeat.ts';
import { ended, findSent, type SendTurn, type Turn } from './send-turn.ts';
import { verdictOnSend } from './send-verdict.ts';

export interface OutgoingRef {
  inboxId: string;
  outgoingId: string;
}

const DAY_MS = 86_400_000;
const SOON_MS = 1_000;

/**
 * Sends a message, once, and then brings the mailbox's own copy of it. The attempt is noted before
 * the call; from then on, whatever happens to the answer or to this process, the message is looked
 * for at the provider and never sent again, unless the provider has said that it did not take it.
 */
export async function sendMessage(deps: ActivityDeps, input: OutgoingRef): Promise<SendTurn> {
  return await withHeartbeat(async (signal) => {
    const { row, inbox, reads } = await deps.database.asInbox(input.inboxId, (tx) =>
      readOutgoing(tx, input.outgoingId),
    );
    if (!row) return ended('cancelled');
    const turn: Turn = { deps, inbox, row, signal };
    try {
      if (row.state === 'sent') return reads ? await bringCopy(turn) : ended(row.state);
      if (row.settledAt !== null) return ended(row.state);
      if (row.attemptedAt !== null) return await lookForIt(turn, row.attemptedAt);
      if (deps.now() - row.createdAt > DAY_MS) return await fail(turn, 'expired');
      return await attempt(turn);
    } catch (error) {
      // Connected anew meanwhile: the next turn goes on in that epoch, or finds it stopped.
      if (error instanceof StaleEpochError) return { state: row.state, retryInMs: SOON_MS };
      throw error;
    }
  });
}

async function readOutgoing(
  tx: InboxTx,
  id: string,
): Promise<{ row: OutgoingRow | null; inbox: InboxRef; reads: boolean }> {
  const { id: inboxId, status, sending, epoch, scope } = tx.inbox;
  const connected = status === 'connected';
  if (!connected) await stopOutgoing(tx, inboxId, 'inbox_not_connected');
  else if (!sending) await stopOutgoing(tx, inboxId, 'sending_turned_off');
  // Until something is chosen, nothing of the mailbox is read (P6).
  const reads = connected && isChosen(scope);
  return { row: await findOutgoing(tx, inboxId, { id }), inbox: { inboxId, epoch }, reads };
}

async function attempt(turn: Turn): Promise<SendTurn> {
  const { deps, inbox, row, signal } = turn;
  const sender = await deps.mailboxes.openSender(inbox, signal);
  const message = await claim(turn);
  if (!message) return { state: row.state, retryInMs: SOON_MS };
  let left = false;
  try {
    const onStart = (): void => {
      left = true;
    };
    const sent = await sender.send({ ...message, onStart });
    return await noteSent(turn, sent);
  } catch (error) {
    return await noteFailure(turn, error, left);
  }
}

/** The message, once its one attempt is noted as begun; null when it is somebody else's. */
async function claim({ deps, inbox, row }: Turn): Promise<Omit<OutgoingMail, 'onStart'> | null> {
  return await deps.database.asConnectedInbox(inbox, async (tx) => {
    if (!tx.inbox.sending) return null;
    const contentCt = await claimAttempt(tx, row.id);
    if (!contentCt) return null;
    const key = await readDataKey(tx, deps.keyRing, tx.inbox);
    const ref = { orgId: tx.inbox.orgId, inboxId: row.inboxId, id: row.id };
    return {
      content: openOutgoing(key, ref, contentCt),
      marker: row.id,
      rfcMessageId: row.rfcMessageId,
      writtenAt: row.createdAt,
      providerThreadId: row.providerThreadId,
    };
  });
}

async function noteFailure(turn: Turn, error: unknown, left: boolean): Promise<SendTurn> {
  const verdict = verdictOnSend(error, left);
  const { deps, inbox, row } = turn;
  deps.log.warn({ ...inbox, outgoingId: row.id, err: error }, 'a message was not sent');
  switch (verdict.kind) {
    case 'perhaps':
      turn.signal.throwIfAborted();
      return { state: 'sending', retryInMs: SOON_MS };
    case 'later': {
      const dueAt = deps.now() + verdict.waitMs;
      await deps.database.asInbox(inbox.inboxId, (tx) => requeue(tx, row.id, dueAt));
      return { state: 'queued', retryInMs: verdict.waitMs };
    }
    case 'never':
      return await fail(turn, verdict.failure, error);
  }
}

async function lookForIt(turn: Turn, attemptedAt: number): Promise<SendTurn> {
  const { deps } = turn;
  const passedMs = deps.now() - attemptedAt;
  try {
    const sent = await findSent(turn, attemptedAt);
    if (sent) return await noteSent(turn, sent);
  } catch (error) {
    // It cannot be looked for any more; anything that may pass is tried again.
    if (!(error instanceof ProviderError) || error.retryable) throw error;
    return await settle(turn, { state: 'unknown' }, error);
  }
  if (passedMs > deps.settings.SEND_LOOK_FOR_MS) return await settle(turn, { state: 'unknown' });
  return { state: 'sending', retryInMs: lookAgainMs(passedMs) };
}

async function noteSent(turn: Turn, sent: SentMail | null): Promise<SendTurn> {
  const { state } = await settle(turn, { state: 'sent', ...sent });
  return { state, retryInMs: sent ? 1 : SOON_MS };
}

const fail = (
  turn: Turn,
  failure: NonNullable<Settlement['failure']>,
  why?: unknown,
): Promise<SendTurn> => {
  const state = failure === 'sending_turned_off' ? 'cancelled' : 'failed';
  return settle(turn, { state, failure }, why);
};

type Settlement = Parameters<typeof settleOutgoing>[2];

async function settle(
  { deps, inbox, row }: Turn,
  settlement: Settlement,
  why?: unknown,
): Promise<SendTurn> {
  await deps.database.asInbox(inbox.inboxId, (tx) => settleOutgoing(tx, row.id, settlement));
  return ended(settlement.state, why);
}
