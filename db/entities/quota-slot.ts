import { defineEntity, p } from '@mikro-orm/postgresql';

/** Units spent per quota key and time slot; see reserve_quota. */
export const QuotaSlot = defineEntity({
  name: 'QuotaSlot',
  tableName: 'quota_slots',
  properties: {
    key: p.text().primary(),
    slot: p.bigint('number').primary(),
    units: p.integer(),
  },
});
