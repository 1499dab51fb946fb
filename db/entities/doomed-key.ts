import { defineEntity, p } from '@mikro-orm/postgresql';

/** A secret that is out of use and must be destroyed. */
export const DoomedKey = defineEntity({
  name: 'DoomedKey',
  tableName: 'doomed_keys',
  properties: {
    keyId: p.uuid().primary(),
    inboxId: p.uuid(),
    doomedAt: p.datetime(3).defaultRaw('now()'),
  },
  indexes: [{ name: 'doomed_keys_by_inbox', properties: ['inboxId'] }],
});
