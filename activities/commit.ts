import type { InboxTx } from '../db/database.ts';
import { commitMessages, type DecidedMessage } from '../db/message-store.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import type { Judging } from './judging.ts';

/**
 * Messages, verdicts and what covers them (`also`: a cursor, slices) in one fenced transaction (I9).
 * @throws StaleEpochError
 * @throws ScopeChangedError nothing was written: judge again (I3)
 */
export async function commit(
  deps: ActivityDeps,
  inbox: InboxRef,
  judging: Judging,
  decided: DecidedMessage[],
  also: (tx: InboxTx) => Promise<void> = async () => {},
): Promise<void> {
  await deps.database.asConnectedInbox(inbox, async (tx) => {
    await commitMessages(tx, judging.inbox, decided);
    await also(tx);
  });
}
