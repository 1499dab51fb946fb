import { createGmailProvider } from '../../providers/gmail/adapter.ts';
import {
  authorizationUrl,
  createCodeVerifier,
  exchangeCode,
  READ_SCOPE,
  revokeGrant,
  SEND_SCOPE,
} from '../../providers/gmail/oauth.ts';
import type { GmailOptions } from '../../providers/gmail/options.ts';
import type { Connector } from './connector.ts';

export function createGmailConnector(options: GmailOptions): Connector {
  return {
    requiredScopes: [READ_SCOPE],
    sendScope: SEND_SCOPE,
    authorize: async ({ state, loginHint, send = false }) => {
      const codeVerifier = createCodeVerifier();
      return {
        url: authorizationUrl(options, { state, codeVerifier, loginHint, send }),
        codeVerifier,
      };
    },
    refusal: (error) => (error === 'access_denied' ? 'denied' : 'error'),
    exchangeCode: async (exchange, signal) => {
      const { refreshToken, ...grant } = await exchangeCode(options, exchange, signal);
      return { ...grant, renewal: refreshToken };
    },
    revoke: (refreshToken, signal) => revokeGrant(options, refreshToken, signal),
    mailbox: (accessToken, gate) =>
      createGmailProvider(options, {
        gate: (_call, start) => gate((signal) => start({ accessToken, signal })),
      }),
  };
}
