import type { Provider } from '../domain/inbox.ts';
import type { Tx } from './tx.ts';

export interface PushedInbox {
  inboxId: string;
  epoch: number;
}

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
