import type { InboxTx } from '../db/database.ts';
import { DatabaseError } from '../db/errors.ts';
import { commitMessages, type DecidedMessage } from '../db/message-store.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import { type Judging, unseen } from './judging.ts';

type Also = (tx: InboxTx) => Promise<void>;

/**
 * Messages, verdicts and what covers them (`also`: a cursor, slices) in one fenced transaction (I9).
 * A message that Postgres will never take gets a `failed` verdict and does not stop the rest; then
 * `also` commits last, when every verdict it covers is there.
 * @throws StaleEpochError
 * @throws ScopeChangedError nothing was written: judge again (I3)
 */
export async function commit(
  deps: ActivityDeps,
  inbox: InboxRef,
  judging: Judging,
  decided: DecidedMessage[],
  also: Also = async () => {},
): Promise<void> {
  const write = (some: DecidedMessage[], then: Also): Promise<void> =>
    deps.database.asConnectedInbox(inbox, async (tx) => {
      await commitMessages(tx, judging.inbox, some);
      await then(tx);
    });
  try {
    await write(decided, also);
  } catch (error) {
    if (!isPoison(error) || decided.length === 0) throw error;
    deps.log.warn({ inboxId: inbox.inboxId, err: error }, 'a batch is stored one by one');
    for (const one of decided) await writeAlone(one, (some) => write(some, async () => {}));
    await write([], also);
  }
}

async function writeAlone(
  one: DecidedMessage,
  write: (some: DecidedMessage[]) => Promise<void>,
): Promise<void> {
  try {
    await write([one]);
  } catch (error) {
    if (!isPoison(error)) throw error;
    await write([unseen(one.providerMessageId, { kind: 'failed', code: 'not_storable' })]);
  }
}

/** Postgres refuses what was to be written, and would again. */
const isPoison = (error: unknown): boolean => error instanceof DatabaseError && !error.retryable;
