import { defineEntity, p } from '@mikro-orm/postgresql';
import { Contact } from './contact.ts';

export const ContactAddress = defineEntity({
  name: 'ContactAddress',
  tableName: 'contact_addresses',
  properties: {
    id: p.uuid().primary(),
    contact: () =>
      p
        .manyToOne(Contact)
        .joinColumns('org_id', 'contact_id')
        .updateRule('no action')
        .deleteRule('cascade')
        .index(false),
    address: p.text(),
    matchKey: p.text(),
    /** Order of arrival within the org; a backfill covers a range of it. */
    seq: p.bigint('number'),
  },
  uniques: [{ properties: ['contact', 'matchKey'] }],
  indexes: [
    {
      name: 'contact_addresses_by_match_key',
      expression:
        'create index contact_addresses_by_match_key on contact_addresses (org_id, match_key)',
    },
    {
      name: 'contact_addresses_by_seq',
      expression: 'create index contact_addresses_by_seq on contact_addresses (org_id, seq)',
    },
  ],
});
