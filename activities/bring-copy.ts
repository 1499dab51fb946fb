import { knownVerdicts } from '../db/message-store.ts';
import { noteCopied } from '../db/sent-copy-store.ts';
import { lookForCopyMs } from '../domain/outgoing.ts';
import { ProviderError } from '../providers/errors.ts';
import type { SentMail } from '../providers/mail-sender.ts';
import { commit } from './commit.ts';
import { fetchAndDecide } from './fetching.ts';
import { isSettled, loadJudging } from './judging.ts';
import { ended, findSent, type SendTurn, type Turn } from './send-turn.ts';

/** Exchange may hold a message back for hours before it lies in Sent Items. */
const LOOK_FOR_MS = 86_400_000;

/** A message can be named before it can be read (providers.md D1.2). */
const READABLE_MS = 10 * 60_000;

/**
 * Brings the copy that the mailbox keeps of a sent message: fetched by its id, judged by contacts
 * whatever place the inbox is limited to, and committed with its verdict, as any message. Sync may
 * bring it first, or at the same moment; what is stored stays as it is (I2). Where it cannot be done
 * now, the row says that it is still to do, and `due_copies` finds it once the inbox is read again.
 */
export async function bringCopy(turn: Turn): Promise<SendTurn> {
  const { deps, row } = turn;
  if (row.copiedAt !== null) return ended(row.state);
  const passedMs = deps.now() - (row.settledAt ?? row.createdAt);
  try {
    return await bring(turn, passedMs);
  } catch (error) {
    if (!(error instanceof ProviderError) || error.retryable) throw error;
    return passedMs > LOOK_FOR_MS ? await giveUp(turn) : ended(row.state, error);
  }
}

async function giveUp({ deps, inbox, row }: Turn): Promise<SendTurn> {
  await deps.database.asConnectedInbox(inbox, (tx) => noteCopied(tx, row.id, null));
  return ended(row.state);
}

async function bring(turn: Turn, passedMs: number): Promise<SendTurn> {
  const { row } = turn;
  const copy = await findCopy(turn);
  if (copy && (await store(turn, copy, passedMs > READABLE_MS))) return ended(row.state);
  if (!copy && passedMs > LOOK_FOR_MS) return await giveUp(turn);
  return { state: row.state, retryInMs: lookForCopyMs(passedMs) };
}

/** Gmail names what it has sent; in Outlook it is found by our mark. */
async function findCopy(turn: Turn): Promise<SentMail | null> {
  const { providerMessageId, providerThreadId, attemptedAt, createdAt } = turn.row;
  return providerMessageId === null || providerThreadId === null
    ? await findSent(turn, attemptedAt ?? createdAt)
    : { providerMessageId, providerThreadId };
}

/**
 * @param last whether it counts as gone when it cannot be read
 * @returns false when it has to be asked for again
 * @throws ScopeChangedError judge again (I3)
 */
async function store(turn: Turn, copy: SentMail, last: boolean): Promise<boolean> {
  const { deps, inbox, row, signal } = turn;
  const id = copy.providerMessageId;
  const { judging, known } = await deps.database.asConnectedInbox(inbox, async (tx) => ({
    judging: await loadJudging(deps, tx, { anyPlace: true }),
    known: (await knownVerdicts(tx, [id])).get(id),
  }));
  const decided = isSettled(known, judging)
    ? []
    : await fetchAndDecide(await deps.mailboxes.open(inbox, 'live', signal), judging, [id], {
        // It may have been written to a stranger, whose mail is not read (B1).
        headsFirst: true,
        signal,
      });
  if (!last && decided.some(({ verdict }) => verdict.kind === 'gone')) return false;
  await commit(deps, inbox, judging, decided, (tx) => noteCopied(tx, row.id, copy));
  return true;
}
