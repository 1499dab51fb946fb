import { defineEntity, p } from '@mikro-orm/postgresql';

/** A request to delete all that was synced for a user; its receipt is the sum of the deletions. */
export const UserDeletion = defineEntity({
  name: 'UserDeletion',
  tableName: 'user_deletions',
  properties: {
    id: p.uuid().primary(),
    orgId: p.text(),
    userId: p.text(),
    deletionIds: p.array().columnType('uuid[]'),
    requestedAt: p.datetime(3).defaultRaw('now()'),
  },
});
