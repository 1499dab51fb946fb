import type { Tx } from '../db/database.ts';
import { msOrNull } from '../db/time.ts';

/** Reads of one inbox that only its page needs; row-level security keeps them to its owner. */

export interface SyncHealth {
  syncedAt: number | null;
  watchExpiresAt: number | null;
  pushedAt: number | null;
}

/** All null before the first sync and after a deletion. */
export async function readSyncHealth(tx: Tx, inboxId: string): Promise<SyncHealth> {
  const [row] = await tx.sql<Record<'synced_at' | 'watch_expires_at' | 'pushed_at', string | null>>(
    'select synced_at, watch_expires_at, pushed_at from sync_cursors where inbox_id = $1',
    [inboxId],
  );
  return {
    syncedAt: msOrNull(row?.synced_at ?? null),
    watchExpiresAt: msOrNull(row?.watch_expires_at ?? null),
    pushedAt: msOrNull(row?.pushed_at ?? null),
  };
}

export async function countStored(tx: Tx, inboxId: string): Promise<number> {
  const [row] = await tx.sql<{ stored: number }>(
    'select count(*)::int as stored from messages where inbox_id = $1',
    [inboxId],
  );
  return row?.stored ?? 0;
}

/** What of a backfill is listed and what is not, in contact addresses × days. */
export interface SliceWeights {
  openSlices: number;
  listedWeight: number;
  unlistedWeight: number;
  headersFirst: boolean;
}

export async function readSliceWeights(tx: Tx, inboxId: string, n: number): Promise<SliceWeights> {
  const [row] = await tx.sql<SliceWeights>(
    `select count(*) filter (where not done)::int as "openSlices",
       coalesce(sum(weight) filter (where done), 0)::float as "listedWeight",
       coalesce(sum(weight) filter (where not done), 0)::float as "unlistedWeight",
       coalesce(bool_or(headers_first), false) as "headersFirst"
     from (
       select done, headers_first, greatest(1, cardinality(address_ids))
         * extract(epoch from window_to - window_from) / 86400 as weight
       from backfill_slices where inbox_id = $1 and n = $2
     ) s`,
    [inboxId, n],
  );
  return row ?? { openSlices: 0, listedWeight: 0, unlistedWeight: 0, headersFirst: false };
}

export async function saveProfile(tx: Tx, inboxId: string, profileCt: Buffer): Promise<void> {
  await tx.sql('update inboxes set profile_ct = $2 where id = $1', [inboxId, profileCt]);
}
