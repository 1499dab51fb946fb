import { defineEntity, p } from '@mikro-orm/postgresql';
import { Backfill } from './backfill.ts';

export const BackfillSlice = defineEntity({
  name: 'BackfillSlice',
  tableName: 'backfill_slices',
  properties: {
    backfill: () =>
      p
        .manyToOne(Backfill)
        .primary()
        .joinColumns('inbox_id', 'n')
        .updateRule('no action')
        .deleteRule('cascade')
        .index(false),
    ordinal: p.integer().primary(),
    windowFrom: p.datetime(3),
    windowTo: p.datetime(3),
    addressIds: p.array().columnType('uuid[]'),
    headersFirst: p.boolean(),
    pageTokenCt: p.blob().nullable(),
    done: p.boolean().default(false),
  },
});
