import type { MatchKey } from '../domain/address.ts';
import { one, type Tx } from './tx.ts';

export interface ContactAddressRow {
  id: string;
  contactId: string;
  address: string;
  matchKey: MatchKey;
  /** Order of arrival within the org. */
  seq: number;
}

export interface ContactBook {
  /** Every address with a seq up to this is in the book, unless it was removed. */
  lastSeq: number;
  /** As `contactVersion` gave it. */
  version: number;
  byMatchKey: Map<MatchKey, string[]>;
  addresses: ContactAddressRow[];
}

/** Whom mail is matched against: all contacts of the org. */
export const loadContactBook = async (tx: Tx): Promise<ContactBook> => {
  // The numbers before the addresses: the other way round they could promise what is missing.
  const version = await contactVersion(tx);
  const lastSeq = await contactSeq(tx);
  const rows = await tx.sql<Omit<ContactAddressRow, 'seq'> & { seq: string }>(
    `select id, contact_id as "contactId", address, match_key as "matchKey", seq
     from contact_addresses order by seq`,
  );
  const addresses = rows.map((row) => ({ ...row, seq: Number(row.seq) }));
  const byMatchKey = new Map<MatchKey, string[]>();
  for (const { matchKey, contactId } of addresses) {
    const contactIds = byMatchKey.get(matchKey);
    if (contactIds) contactIds.push(contactId);
    else byMatchKey.set(matchKey, [contactId]);
  }
  return { lastSeq, version, byMatchKey, addresses };
};

/** Rises with every change of the org's contacts. */
export const contactVersion = async (tx: Tx): Promise<number> => {
  const [book] = await tx.sql<{ version: string }>('select version from contact_books');
  return Number(book?.version ?? 0);
};

/** The same, and holds off changes of the org's contacts until the transaction ends. */
export const holdContacts = async (tx: Tx): Promise<number> => {
  const [book] = await tx.sql<{ version: string }>('select version from contact_books for share');
  return Number(book?.version ?? 0);
};

/** All contact addresses with a seq up to this have been committed. */
export const contactSeq = async (tx: Tx): Promise<number> => {
  const [book] = await tx.sql<{ last_seq: string }>('select last_seq from contact_books');
  return Number(book?.last_seq ?? 0);
};

/**
 * The same, and holds off new addresses until the transaction ends. Without this an address that
 * commits while an inbox is being connected could be neither in its first backfill nor wake it.
 */
export const holdContactSeq = async (tx: Tx): Promise<number> => {
  await tx.sql('insert into contact_books (org_id) values (app_org()) on conflict do nothing');
  const rows = await tx.sql<{ last_seq: string }>('select last_seq from contact_books for share');
  return Number(one(rows).last_seq);
};
