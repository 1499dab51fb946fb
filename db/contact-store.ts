import { v7 as uuidv7 } from 'uuid';
import type { MatchKey } from '../domain/address.ts';
import { type WorkflowCommand, wakeInboxesOfOrg } from './command-store.ts';
import { one, type Tx } from './tx.ts';
import { byText } from './values.ts';

export interface ContactAddressInput {
  address: string;
  matchKey: MatchKey;
}

export interface ContactInput {
  id: string;
  name: string;
  addresses: ContactAddressInput[];
}

export interface PutContactsResult {
  created: number;
  updated: number;
  addressesAdded: number;
  addressesRemoved: number;
  /** To dispatch after commit. */
  commands: WorkflowCommand[];
}

/**
 * Makes each contact exactly as given: addresses no longer named are removed, new ones are numbered,
 * and every connected inbox of the org is woken for them. Of a contact named twice the last counts.
 */
export const putContacts = async (
  tx: Tx,
  contacts: readonly ContactInput[],
): Promise<PutContactsResult> => {
  const wanted = [...new Map(contacts.map((contact) => [contact.id, contact])).values()];
  const lastSeq = await lockBook(tx);
  const ids = wanted.map(({ id }) => id);
  const known = await knownContacts(tx, ids);
  const created = wanted.filter(({ id }) => !known.has(id));
  const { added, removed, rewritten } = compare(wanted, known);
  const touched = new Set([...added, ...rewritten].map(({ contactId }) => contactId));
  for (const { contactId } of removed) touched.add(contactId);
  const updated = wanted.filter((contact) => {
    const before = known.get(contact.id);
    return before && (before.name !== contact.name || touched.has(contact.id));
  });

  await writeContacts(tx, [...created, ...updated]);
  await tx.sql('delete from contact_addresses where id = any($1)', [removed.map(({ id }) => id)]);
  await tx.sql(
    `update contact_addresses a set address = v.address
     from unnest($1::uuid[], $2::text[]) as v(id, address) where a.id = v.id`,
    [rewritten.map(({ id }) => id), rewritten.map(({ address }) => address)],
  );
  const commands = await addAddresses(tx, added, lastSeq);
  return {
    created: created.length,
    updated: updated.length,
    addressesAdded: added.length,
    addressesRemoved: removed.length,
    commands,
  };
};

/** @returns false when there was none */
export const deleteContact = async (tx: Tx, id: string): Promise<boolean> => {
  await lockBook(tx);
  const gone = await tx.sql(
    'delete from contacts where org_id = app_org() and id = $1 returning id',
    [id],
  );
  return gone.length === 1;
};

export interface Contact {
  id: string;
  name: string;
  addresses: { address: string; matchKey: MatchKey }[];
}

export const getContact = async (tx: Tx, id: string): Promise<Contact | null> => {
  const [contact] = await tx.sql<Contact>(`${CONTACTS} where c.org_id = app_org() and c.id = $1`, [
    id,
  ]);
  return contact ?? null;
};

/** By id; `after` is the last id of the page before. */
export const listContacts = (
  tx: Tx,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<Contact[]> =>
  tx.sql<Contact>(`${CONTACTS} where c.org_id = app_org() and c.id > $1 order by c.id limit $2`, [
    after ?? '',
    limit,
  ]);

const CONTACTS = `
  select c.id, c.name, coalesce((
    select json_agg(json_build_object('address', a.address, 'matchKey', a.match_key) order by a.seq)
    from contact_addresses a where a.org_id = c.org_id and a.contact_id = c.id), '[]') as addresses
  from contacts c`;

/** One writer an org: numbers are handed out in the order in which they become visible. */
const lockBook = async (tx: Tx): Promise<number> => {
  await tx.sql('insert into contact_books (org_id) values (app_org()) on conflict do nothing');
  const rows = await tx.sql<{ last_seq: string }>(
    'update contact_books set version = version + 1 returning last_seq',
  );
  return Number(one(rows).last_seq);
};

interface Known {
  name: string;
  addresses: { id: string; address: string; matchKey: MatchKey }[];
}

const knownContacts = async (tx: Tx, ids: string[]): Promise<Map<string, Known>> => {
  const rows = await tx.sql<Known & { id: string }>(
    `select c.id, c.name, coalesce(json_agg(json_build_object(
         'id', a.id, 'address', a.address, 'matchKey', a.match_key)) filter (where a.id is not null), '[]')
       as addresses
     from contacts c left join contact_addresses a on a.org_id = c.org_id and a.contact_id = c.id
     where c.org_id = app_org() and c.id = any($1) group by c.org_id, c.id`,
    [ids],
  );
  return new Map(rows.map(({ id, ...contact }) => [id, contact]));
};

interface Address {
  id: string;
  contactId: string;
  address: string;
  matchKey: MatchKey;
}

const compare = (wanted: readonly ContactInput[], known: ReadonlyMap<string, Known>) => {
  const added: Address[] = [];
  const removed: Address[] = [];
  const rewritten: Address[] = [];
  for (const { id: contactId, addresses } of wanted) {
    const before = known.get(contactId)?.addresses ?? [];
    const after = new Map(addresses.map((address) => [address.matchKey, address]));
    const kept = new Set<MatchKey>();
    for (const old of before) {
      const now = after.get(old.matchKey);
      if (now) kept.add(old.matchKey);
      if (!now) removed.push({ ...old, contactId });
      else if (now.address !== old.address) rewritten.push({ ...now, id: old.id, contactId });
    }
    for (const address of after.values()) {
      if (!kept.has(address.matchKey)) added.push({ ...address, id: uuidv7(), contactId });
    }
  }
  return { added, removed, rewritten };
};

const writeContacts = async (tx: Tx, contacts: readonly ContactInput[]): Promise<void> => {
  const sorted = contacts.toSorted((a, b) => byText(a.id, b.id));
  await tx.sql(
    `insert into contacts (org_id, id, name)
     select app_org(), v.id, v.name from unnest($1::text[], $2::text[]) as v(id, name)
     on conflict (org_id, id) do update set name = excluded.name, updated_at = now()`,
    [sorted.map(({ id }) => id), sorted.map(({ name }) => name)],
  );
};

const addAddresses = async (
  tx: Tx,
  added: readonly Address[],
  lastSeq: number,
): Promise<WorkflowCommand[]> => {
  if (added.length === 0) return [];
  await tx.sql(
    `insert into contact_addresses (id, org_id, contact_id, address, match_key, seq)
     select v.id, app_org(), v.contact_id, v.address, v.match_key, $5::bigint + v.place
     from unnest($1::uuid[], $2::text[], $3::text[], $4::text[])
       with ordinality as v(id, contact_id, address, match_key, place)`,
    [
      added.map(({ id }) => id),
      added.map(({ contactId }) => contactId),
      added.map(({ address }) => address),
      added.map(({ matchKey }) => matchKey),
      lastSeq,
    ],
  );
  await tx.sql('update contact_books set last_seq = $1', [lastSeq + added.length]);
  return wakeInboxesOfOrg(tx);
};

/** Whether any of these keys is a contact's, in the org of the transaction. */
export const isContactAddress = async (tx: Tx, keys: readonly MatchKey[]): Promise<boolean> => {
  const found = await tx.sql(
    'select from contact_addresses where org_id = app_org() and match_key = any($1) limit 1',
    [keys],
  );
  return found.length > 0;
};
