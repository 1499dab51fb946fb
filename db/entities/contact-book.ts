import { defineEntity, p } from '@mikro-orm/postgresql';

/** One an org; its lock orders address writes, so that seq order is commit order. */
export const ContactBook = defineEntity({
  name: 'ContactBook',
  tableName: 'contact_books',
  properties: {
    orgId: p.text().primary(),
    lastSeq: p.bigint('number').defaultRaw('0'),
    version: p.bigint('number').defaultRaw('0'),
  },
});
