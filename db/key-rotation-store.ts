import type { WrappedDataKey } from '../crypto/data-key.ts';
import type { InboxTx, Tx } from './tx.ts';

/**
 * How much each master key wraps or seals; in `asNobody` of the worker. The id '' stands for what does
 * not name its key.
 */
export const masterKeysInUse = async (tx: Tx): Promise<{ id: string; keys: number }[]> =>
  (await tx.sql<{ master_key_id: string; keys: string }>('select * from master_keys_in_use()')).map(
    ({ master_key_id, keys }) => ({ id: master_key_id, keys: Number(keys) }),
  );

/** Inboxes with a key that another master key wraps, by id; in `asNobody` of the worker. */
export const inboxesToRewrap = async (
  tx: Tx,
  { masterKeyId, after, limit }: { masterKeyId: string; after: string | null; limit: number },
): Promise<string[]> =>
  (
    await tx.sql<{ id: string }>('select id from inboxes_to_rewrap($1, $2, $3) as id', [
      masterKeyId,
      after,
      limit,
    ])
  ).map(({ id }) => id);

/** Orgs with endpoints or waiting connections that another master key seals; in `asNobody` of the worker. */
export const orgsToReseal = async (tx: Tx, masterKeyId: string): Promise<string[]> =>
  (await tx.sql<{ id: string }>('select id from orgs_to_reseal($1) as id', [masterKeyId])).map(
    ({ id }) => id,
  );

/** The keys as they are, held until the transaction ends: a deletion waits, or has been first. */
export const holdWrappedKeys = (tx: InboxTx): Promise<WrappedDataKey[]> =>
  tx.sql<WrappedDataKey>(
    `select key_id as "keyId", master_key_id as "masterKeyId", wrapped_key as "wrappedKey"
     from inbox_keys where inbox_id = app_inbox() order by n desc for update`,
  );

export const saveWrappedKey = async (tx: InboxTx, key: WrappedDataKey): Promise<void> => {
  await tx.sql(
    `update inbox_keys set master_key_id = $2, wrapped_key = $3
     where key_id = $1 and inbox_id = app_inbox()`,
    [key.keyId, key.masterKeyId, key.wrappedKey],
  );
};

export interface SealedMessageRow {
  id: string;
  providerMessageId: string;
  envelopeCt: Buffer;
  bodyCt: Buffer;
}

/**
 * The next messages that the rotation has not looked at. Those that come in behind it are sealed by
 * the new key: the fence sees to that.
 */
export const messagesToReseal = (tx: InboxTx, limit: number): Promise<SealedMessageRow[]> =>
  tx.sql<SealedMessageRow>(
    `select id, provider_message_id as "providerMessageId", envelope_ct as "envelopeCt",
       body_ct as "bodyCt"
     from messages
     where inbox_id = app_inbox() and provider_message_id >
       coalesce((select min(resealed_upto) from inbox_keys where inbox_id = app_inbox()), '')
     order by provider_message_id limit $1`,
    [limit],
  );

/** The messages and how far the rotation is, in one transaction. */
export const saveResealed = async (
  tx: InboxTx,
  upto: string,
  rows: readonly Omit<SealedMessageRow, 'providerMessageId'>[],
): Promise<void> => {
  await tx.sql(
    `update messages m set envelope_ct = v.envelope_ct, body_ct = v.body_ct
     from unnest($1::uuid[], $2::bytea[], $3::bytea[]) as v(id, envelope_ct, body_ct)
     where m.id = v.id and m.inbox_id = app_inbox()`,
    [rows.map(({ id }) => id), rows.map((r) => r.envelopeCt), rows.map((r) => r.bodyCt)],
  );
  await tx.sql(
    `update inbox_keys k set resealed_upto = $1
     where inbox_id = app_inbox() and n < (select key_n from inboxes where id = app_inbox())`,
    [upto],
  );
};

/** What is sealed once an inbox. */
export interface SealedInboxRow {
  profileCt: Buffer | null;
  tokensCt: Buffer | null;
  cursorCt: Buffer | null;
}

export const readSealedInbox = async (tx: InboxTx): Promise<SealedInboxRow> => {
  const [row] = await tx.sql<SealedInboxRow>(
    `select i.profile_ct as "profileCt", i.tokens_ct as "tokensCt", c.cursor_ct as "cursorCt"
     from inboxes i left join sync_cursors c on c.inbox_id = i.id where i.id = app_inbox()`,
  );
  return row ?? { profileCt: null, tokensCt: null, cursorCt: null };
};

export const saveSealedInbox = async (tx: InboxTx, row: SealedInboxRow): Promise<void> => {
  await tx.sql('update inboxes set profile_ct = $1, tokens_ct = $2 where id = app_inbox()', [
    row.profileCt,
    row.tokensCt,
  ]);
  await tx.sql('update sync_cursors set cursor_ct = $1 where inbox_id = app_inbox()', [
    row.cursorCt,
  ]);
};

/** Where backfills that are not done go on. */
export interface SealedSliceRow {
  n: number;
  ordinal: number;
  pageTokenCt: Buffer;
}

export const readSealedSlices = (tx: InboxTx): Promise<SealedSliceRow[]> =>
  tx.sql<SealedSliceRow>(
    `select n, ordinal, page_token_ct as "pageTokenCt" from backfill_slices
     where inbox_id = app_inbox() and page_token_ct is not null`,
  );

export const saveSealedSlice = async (tx: InboxTx, slice: SealedSliceRow): Promise<void> => {
  await tx.sql(
    `update backfill_slices set page_token_ct = $3
     where inbox_id = app_inbox() and n = $1 and ordinal = $2`,
    [slice.n, slice.ordinal, slice.pageTokenCt],
  );
};

/** All but the newest; see doomKeys. */
export const doomOlderKeys = async (tx: InboxTx): Promise<void> => {
  await tx.sql(
    `with gone as (delete from inbox_keys
       where inbox_id = app_inbox() and n < (select key_n from inboxes where id = app_inbox())
       returning key_id, inbox_id)
     insert into doomed_keys (key_id, inbox_id) select key_id, inbox_id from gone`,
  );
};

export interface SealedOutgoing {
  id: string;
  contentCt: Buffer;
}

/** What waits of the worker's inbox, for a rotation of its data key. */
export const readSealedOutgoing = (tx: InboxTx): Promise<SealedOutgoing[]> =>
  tx.sql<SealedOutgoing>(
    `select id, content_ct as "contentCt" from outgoing_messages
     where inbox_id = app_inbox() and content_ct is not null`,
  );

export const saveSealedOutgoing = async (tx: InboxTx, one: SealedOutgoing): Promise<void> => {
  await tx.sql(
    'update outgoing_messages set content_ct = $2 where inbox_id = app_inbox() and id = $1',
    [one.id, one.contentCt],
  );
};
