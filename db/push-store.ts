import type { Provider } from '../domain/inbox.ts';
import type { Tx } from './tx.ts';

export interface PushedInbox {
  inboxId: string;
  epoch: number;
}

/** As nobody: the connected inbox whose watch the provider calls so; null for a dead one. */
export const inboxOfWatch = async (
  tx: Tx,
  provider: Provider,
  watchId: string,
): Promise<PushedInbox | null> => {
  const [inbox] = await tx.sql<PushedInbox>(
    'select inbox_id as "inboxId", epoch from inbox_of_watch($1, $2)',
    [provider, watchId],
  );
  return inbox ?? null;
};

/** As nobody: the connected inboxes of the mailbox that a push names, whoever's they are. */
export const inboxesForPush = (
  tx: Tx,
  provider: Provider,
  addressHash: Buffer,
): Promise<PushedInbox[]> =>
  tx.sql('select inbox_id as "inboxId", epoch from inboxes_for_push($1, $2)', [
    provider,
    addressHash,
  ]);
