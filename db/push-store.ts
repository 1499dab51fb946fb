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

/** As nobody: the connected inboxes whose watches the provider calls so; none for a dead one. */
export const inboxesOfWatches = async (
  tx: Tx,
  provider: Provider,
  watchIds: readonly string[],
): Promise<Map<string, WatchingInbox>> => {
  const rows = await tx.sql<WatchingInbox & { watchId: string }>(
    `select w.id as "watchId", i.inbox_id as "inboxId", i.epoch, i.address_hash as "addressHash"
     from unnest($2::text[]) w (id) cross join lateral inbox_of_watch($1, w.id) i`,
    [provider, watchIds],
  );
  return new Map(rows.map(({ watchId, ...inbox }) => [watchId, inbox]));
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
