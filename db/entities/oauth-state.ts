import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Scope } from '../../domain/scope.ts';

export const OauthState = defineEntity({
  name: 'OauthState',
  tableName: 'oauth_states',
  properties: {
    stateHash: p.blob().primary(),
    browserHash: p.blob(),
    orgId: p.text(),
    userId: p.text(),
    provider: p.text(),
    scope: p.json<Scope>(),
    inboxId: p.uuid().nullable(),
    secretCt: p.blob(),
    returnTo: p.text(),
    expiresAt: p.datetime(3),
    usedAt: p.datetime(3).nullable(),
  },
  indexes: [{ name: 'oauth_states_by_expiry', properties: ['expiresAt'] }],
});
