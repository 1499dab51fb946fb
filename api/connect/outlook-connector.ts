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

/** Below the 4 MB of a request to Graph, in which attachments are base64. */
const SEND_BYTES = 4_000_000;

export function createOutlookConnector(options: GraphOptions & GraphOAuthOptions): Connector {
  return {
    requiredScopes: READ_SCOPES,
    sendScope: SEND_SCOPE,
    sendRoom: {
      bytes: SEND_BYTES,
      words: 'Outlook takes about 2.75 MB of attachments and text at most.',
    },
    authorize: (request) => authorizationUrl(options, request),
    refusal: toSignInRefusal,
    adminConsentUrl: (state) => adminConsentUrl(options, state),
    exchangeCode: async (exchange, signal) => {
      const { tokenCache, ...grant } = await exchangeCode(options, exchange, signal);
      return { ...grant, renewal: tokenCache };
    },
    mailbox: (accessToken, gate) =>
      createGraphProvider(options, {
        gate: (_call, start) => gate((signal) => start({ accessToken, signal })),
      }),
  };
}
