import { defineEntity, p } from '@mikro-orm/postgresql';

export const Contact = defineEntity({
  name: 'Contact',
  tableName: 'contacts',
  properties: {
    orgId: p.text().primary(),
    id: p.text().primary(),
    name: p.text().default(''),
    createdAt: p.datetime(3).defaultRaw('now()'),
    updatedAt: p.datetime(3).defaultRaw('now()'),
  },
});
