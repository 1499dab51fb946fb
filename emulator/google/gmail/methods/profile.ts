import { SCOPE } from '../../oauth/scopes.ts';
import type { GmailMethod } from '../call.ts';

export const profileMethods: GmailMethod[] = [
  {
    name: 'gmail.users.getProfile',
    httpMethod: 'GET',
    path: 'profile',
    scopes: [SCOPE.full, SCOPE.modify, SCOPE.compose, SCOPE.readonly, SCOPE.metadata],
    handle: ({ mailbox }) => ({
      emailAddress: mailbox.identity.address,
      messagesTotal: mailbox.size,
      threadsTotal: mailbox.threads.size,
      historyId: String(mailbox.historyId),
    }),
  },
  {
    name: 'gmail.users.settings.sendAs.list',
    httpMethod: 'GET',
    path: 'settings/sendAs',
    scopes: [SCOPE.full, SCOPE.modify, SCOPE.readonly, SCOPE.settingsBasic],
    handle: ({ mailbox: { identity } }) => ({
      sendAs: [
        {
          sendAsEmail: identity.address,
          displayName: identity.displayName,
          replyToAddress: '',
          signature: '',
          isPrimary: true,
          isDefault: true,
        },
        ...identity.aliases.map((alias) => ({
          sendAsEmail: alias.address,
          displayName: alias.displayName,
          replyToAddress: '',
          signature: '',
          treatAsAlias: true,
          verificationStatus: 'accepted',
        })),
      ],
    }),
  },
];
