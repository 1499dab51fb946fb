import { createGraphProvider } from '../../providers/graph/adapter.ts';
import {
  adminConsentUrl,
  authorizationUrl,
  exchangeCode,
  READ_SCOPES,
  SEND_SCOPE,
} from '../../providers/graph/oauth.ts';
import { toSignInRefusal } from '../../providers/graph/oauth-error.ts';
import type { GraphOAuthOptions, GraphOptions } from '../../providers/graph/options.ts';
import type { Connector } from './connector.ts';

export function createOutlookConnector(options: GraphOptions & GraphOAuthOptions): Connector {
  return {
    requiredScopes: READ_SCOPES,
    sendScope: SEND_SCOPE,
    authorize: (request) => authorizationUrl(options, request),
    refusal: toSignInRefusal,
    adminConsentUrl: (state) => adminConsentUrl(options, state),
    exchangeCode: async (exchange) => {
      const { tokenCache, ...grant } = await exchangeCode(options, exchange);
      return { ...grant, renewal: tokenCache };
    },
    mailbox: (accessToken) =>
      createGraphProvider(options, {
        gate: (_call, start) =>
          start({ accessToken, signal: AbortSignal.timeout(options.timeoutMs) }),
      }),
  };
}
