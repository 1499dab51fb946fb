import { createGmailProvider } from '../../providers/gmail/adapter.ts';
import {
  authorizationUrl,
  createPkce,
  exchangeCode,
  READ_SCOPE,
} from '../../providers/gmail/oauth.ts';
import type { GmailOptions } from '../../providers/gmail/options.ts';
import type { Connector } from './connector.ts';

export function createGmailConnector(options: GmailOptions): Connector {
  return {
    requiredScopes: [READ_SCOPE],
    authorize: ({ state, loginHint }) => {
      const { codeVerifier, codeChallenge } = createPkce();
      const url = authorizationUrl(options, {
        state,
        codeChallenge,
        ...(loginHint && { loginHint }),
      });
      return { url, codeVerifier };
    },
    exchangeCode: (exchange) => exchangeCode(options, exchange),
    mailbox: (accessToken) =>
      createGmailProvider(options, {
        gate: (_call, start) => start(AbortSignal.timeout(options.timeoutMs)),
        accessToken: async () => accessToken,
      }),
  };
}
