import { isDeepStrictEqual } from 'node:util';
import type { Tx } from '../db/database.ts';
import type { InboxRow } from '../db/inbox-row.ts';
import { commitMessages, type DecidedMessage } from '../db/message-store.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import type { Judging } from './judging.ts';

/** The scope changed after the messages were judged: judge again (I3). */
export class ScopeChangedError extends Error {
  override readonly name = 'ScopeChanged';
  constructor(inboxId: string) {
    super(`The scope of inbox ${inboxId} changed meanwhile; its messages are judged again.`);
  }
}

/**
 * Messages, verdicts and what covers them (`also`: a cursor, slices) in one fenced transaction (I9).
 * @throws StaleEpochError
 * @throws ScopeChangedError nothing was written
 */
export async function commit(
  deps: ActivityDeps,
  inbox: InboxRef,
  judging: Judging,
  decided: DecidedMessage[],
  also: (tx: Tx, row: InboxRow) => Promise<void> = async () => {},
): Promise<void> {
  await deps.database.asConnectedInbox(inbox, async (tx, row) => {
    if (!isDeepStrictEqual(row.scope, judging.inbox.scope)) throw new ScopeChangedError(row.id);
    if (decided.length > 0) await commitMessages(tx, row, decided);
    await also(tx, row);
  });
}
