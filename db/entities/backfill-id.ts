import { defineEntity, p } from '@mikro-orm/postgresql';
import { Backfill } from './backfill.ts';

/** A message id that a backfill has seen, so that its receipt can name what is missing. */
export const BackfillId = defineEntity({
  name: 'BackfillId',
  tableName: 'backfill_ids',
  properties: {
    backfill: () =>
      p
        .manyToOne(Backfill)
        .primary()
        .joinColumns('inbox_id', 'n')
        .updateRule('no action')
        .deleteRule('cascade')
        .index(false),
    providerMessageId: p.text().primary(),
  },
});
