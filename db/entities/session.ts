import { defineEntity, p } from '@mikro-orm/postgresql';

export const Session = defineEntity({
  name: 'Session',
  tableName: 'sessions',
  properties: {
    sessionHash: p.blob().primary(),
    orgId: p.text(),
    userId: p.text(),
    roles: p.array(),
    openedAt: p.datetime(3).defaultRaw('now()'),
    expiresAt: p.datetime(3),
  },
  indexes: [{ name: 'sessions_by_user', properties: ['orgId', 'userId'] }],
});
