import type { Provider } from '../domain/inbox.ts';
import type { Tx } from './tx.ts';

export interface PushedInbox {
  inboxId: string;
  epoch: number;
}

export interface WatchingInbox extends PushedInbox {
  /** Names its mailbox for `inboxesForPush`. */
  addressHash: Buffer;
}

/** As nobody: the connected inbox whose watch the provider calls so; null for a dead one. */
export const inboxOfWatch = async (
  tx: Tx,
  provider: Provider,
  watchId: string,
): Promise<WatchingInbox | null> => {
  const [inbox] = await tx.sql<WatchingInbox>(
    `select inbox_id as "inboxId", epoch, address_hash as "addressHash"
     from inbox_of_watch($1, $2)`,
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
