import type { MatchKey } from '../domain/address.ts';
import { BackfillStateError } from './errors.ts';
import { at, msOf } from './time.ts';
import { type InboxTx, one, type Tx } from './tx.ts';
import { inStatements, valuesOf } from './values.ts';

/** What one run of searches asks for; `SearchSlice` of the planner is one. */
export interface NewSlice {
  /** Epoch ms, half open [from, to). */
  from: number;
  to: number;
  /** Contact address rows; empty: everything of the window. */
  addressIds: readonly string[];
  headersFirst: boolean;
}

export interface ActiveSlice extends NewSlice {
  ordinal: number;
  /** Without those removed since the plan. */
  addresses: { id: string; contactId: string; address: string; matchKey: MatchKey; seq: number }[];
  /** Where to go on, sealed; null: from the start. */
  pageTokenCt: Buffer | null;
  done: boolean;
}

/**
 * Fixes what a backfill will ask for. The first plan stays: a planner that runs again, or twice at
 * once, changes nothing, so that slices in progress keep their meaning.
 * @returns false when there was a plan already
 */
export const planBackfill = async (
  tx: InboxTx,
  n: number,
  slices: readonly NewSlice[],
): Promise<boolean> => {
  const planned = await tx.sql(
    `update backfills set planned_at = now(), state = 'running',
       planned_version = coalesce((select version from contact_books), 0)
     where inbox_id = app_inbox() and n = $1 and planned_at is null and state = 'requested'
     returning n`,
    [n],
  );
  if (planned.length === 0) return false;
  await insertSlices(tx, n, 0, slices);
  return true;
};

/** In place of slices that could not be listed: behind all others, none of which changes its number. */
export const addSlices = async (
  tx: InboxTx,
  n: number,
  slices: readonly NewSlice[],
): Promise<void> => {
  const rows = await tx.sql<{ next: number }>(
    `select coalesce(max(ordinal) + 1, 0) as next from backfill_slices
     where inbox_id = app_inbox() and n = $1`,
    [n],
  );
  await insertSlices(tx, n, one(rows).next, slices);
};

/** Ends every search of a backfill. @returns the window they had left; null when none was open */
export const closeSearches = async (
  tx: InboxTx,
  n: number,
): Promise<{ from: number; to: number } | null> => {
  const rows = await tx.sql<{ window_from: string; window_to: string }>(
    `update backfill_slices set done = true, page_token_ct = null
     where inbox_id = app_inbox() and n = $1 and not done and cardinality(address_ids) > 0
     returning window_from, window_to`,
    [n],
  );
  if (rows.length === 0) return null;
  return {
    from: Math.min(...rows.map((row) => msOf(row.window_from))),
    to: Math.max(...rows.map((row) => msOf(row.window_to))),
  };
};

const insertSlices = async (
  tx: InboxTx,
  n: number,
  first: number,
  slices: readonly NewSlice[],
): Promise<void> => {
  const numbered = slices.map((slice, index) => ({ ...slice, ordinal: first + index }));
  for (const part of inStatements(numbered, TYPES.length)) {
    const { text, params } = valuesOf(
      TYPES,
      part.map((s) => [s.ordinal, at(s.from), at(s.to), s.addressIds, s.headersFirst]),
      [n],
    );
    await tx.sql(
      `insert into backfill_slices (inbox_id, n, ordinal, window_from, window_to, address_ids,
         headers_first)
       select app_inbox(), $1::int, v.* from (values ${text}) as v`,
      params,
    );
  }
};

const TYPES = ['int', 'timestamptz', 'timestamptz', 'uuid[]', 'boolean'];

/**
 * The slices not done, behind the one numbered `after`; -1: all of them. One whose addresses have all
 * been removed is done.
 */
export const openSlices = async (tx: InboxTx, n: number, after = -1): Promise<ActiveSlice[]> => {
  await tx.sql(
    `update backfill_slices s set done = true
     where s.inbox_id = app_inbox() and s.n = $1 and not s.done and cardinality(s.address_ids) > 0
       and not exists (select from contact_addresses a where a.id = any(s.address_ids))`,
    [n],
  );
  const rows = await tx.sql<SliceRecord>(
    `${SLICES} where s.inbox_id = app_inbox() and s.n = $1 and not s.done and s.ordinal > $2
     order by s.ordinal`,
    [n, after],
  );
  return rows.map(toSlice);
};

export const getSlice = async (
  tx: InboxTx,
  n: number,
  ordinal: number,
): Promise<ActiveSlice | null> => {
  const [row] = await tx.sql<SliceRecord>(
    `${SLICES} where s.inbox_id = app_inbox() and s.n = $1 and s.ordinal = $2`,
    [n, ordinal],
  );
  return row ? toSlice(row) : null;
};

/**
 * In the transaction that commits the page (I9). A slice that is done stays done.
 * @param pageTokenCt of the next page, sealed; null: that was its last
 * @returns false when the slice was done before
 */
export const advanceSlice = async (
  tx: InboxTx,
  n: number,
  ordinal: number,
  pageTokenCt: Buffer | null,
): Promise<boolean> => {
  const [slice] = await tx.sql<{ was_done: boolean }>(
    `update backfill_slices s
     set page_token_ct = case when old.done then null else $3::bytea end,
       done = old.done or $3::bytea is null
     from (select done from backfill_slices
           where inbox_id = app_inbox() and n = $1 and ordinal = $2 for update) old
     where s.inbox_id = app_inbox() and s.n = $1 and s.ordinal = $2 returning old.done as was_done`,
    [n, ordinal, pageTokenCt],
  );
  if (!slice) throw new BackfillStateError(n, `has no slice ${ordinal}`);
  return !slice.was_done;
};

const SLICES = `
  select s.ordinal, s.window_from, s.window_to, s.address_ids, s.headers_first, s.page_token_ct, s.done, coalesce((
    select json_agg(json_build_object('id', a.id, 'contactId', a.contact_id, 'address', a.address,
      'matchKey', a.match_key, 'seq', a.seq) order by a.seq)
    from contact_addresses a where a.id = any(s.address_ids)), '[]') as addresses
  from backfill_slices s`;

interface SliceRecord {
  ordinal: number;
  window_from: string;
  window_to: string;
  address_ids: string[];
  headers_first: boolean;
  page_token_ct: Buffer | null;
  done: boolean;
  addresses: ActiveSlice['addresses'];
}

const toSlice = (record: SliceRecord): ActiveSlice => ({
  ordinal: record.ordinal,
  from: msOf(record.window_from),
  to: msOf(record.window_to),
  addressIds: record.address_ids,
  headersFirst: record.headers_first,
  pageTokenCt: record.page_token_ct,
  done: record.done,
  addresses: record.addresses,
});

/** What of a backfill is listed and what is not, in contact addresses × days. */
export interface SliceWeights {
  slices: number;
  openSlices: number;
  listedWeight: number;
  unlistedWeight: number;
  headersFirst: boolean;
}

export async function readSliceWeights(tx: Tx, inboxId: string, n: number): Promise<SliceWeights> {
  const rows = await tx.sql<SliceWeights>(
    `select count(*)::int as slices, count(*) filter (where not done)::int as "openSlices",
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
  return one(rows);
}
