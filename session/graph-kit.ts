import type { Config } from '../config/config.ts';
import { Secret } from '../config/secret.ts';
import type { ProviderPace } from '../domain/eta.ts';
import { createGraphProvider } from '../providers/graph/adapter.ts';
import { renewGrant } from '../providers/graph/oauth.ts';
import {
  GRAPH_DEFAULTS,
  type GraphOAuthOptions,
  type GraphOptions,
} from '../providers/graph/options.ts';
import { createGraphSender } from '../providers/graph/sender.ts';
import type { ProviderKit } from './mailboxes.ts';

/** Outlook as the environment names it; the API's OAuth and the worker's calls use the same. */
export function graphOptions({ settings, secrets }: Config): GraphOptions & GraphOAuthOptions {
  const at = (path: string): string => new URL(path, settings.PUBLIC_URL).href;
  const pushUrl = settings.GRAPH_PUSH_URL;
  return {
    ...GRAPH_DEFAULTS,
    endpoints: { apiRoot: settings.GRAPH_API_ROOT, loginRoot: settings.MICROSOFT_LOGIN_ROOT },
    tenant: settings.MICROSOFT_TENANT,
    clientId: settings.MICROSOFT_CLIENT_ID ?? '',
    clientSecret: secrets.MICROSOFT_CLIENT_SECRET ?? new Secret(''),
    redirectUri: at('/oauth/microsoft/callback'),
    adminRedirectUri: at('/oauth/microsoft/admin-consent'),
    timeoutMs: settings.PROVIDER_TIMEOUT_MS,
    windowDays: settings.BACKFILL_DAYS,
    pushUrl: pushUrl ? new URL('/webhooks/outlook', pushUrl).href : null,
    quota: {
      requestsPerWindow: settings.GRAPH_REQUESTS_PER_WINDOW,
      atOnce: settings.GRAPH_REQUESTS_AT_ONCE,
    },
  };
}

export function graphKit(config: Config): ProviderKit {
  const options = graphOptions(config);
  return {
    create: (session) => createGraphProvider(options, session),
    sender: (session) => createGraphSender(options, session),
    renew: async (tokens, sending, signal) => {
      const renewal = { tokenCache: tokens.renewal, send: sending };
      const { accessToken, expiresAt, tokenCache } = await renewGrant(options, renewal, signal);
      return { ...tokens, accessToken, expiresAt, renewal: tokenCache ?? tokens.renewal };
    },
    quotas: {
      mailbox: options.quota.requestsPerWindow,
      // See GraphQuota: no budget over all mailboxes, and so no lock that all of them share.
      project: 0,
      windowMs: config.settings.GRAPH_QUOTA_WINDOW_MS,
      atOnce: options.quota.atOnce,
      sendsPerMinute: config.settings.OUTLOOK_SENDS_PER_MINUTE,
    },
  };
}

/** Median answer of a page of whole messages (reference C). */
const ANSWER_MS = 350;

/** Latency binds: a few requests at once, each a page of messages. */
export function outlookPace(config: Config): ProviderPace {
  const { quota, searchPageSize } = graphOptions(config);
  return {
    ...{ list: 1, message: 1 / searchPageSize },
    ...{ limit: quota.requestsPerWindow, windowMs: config.settings.GRAPH_QUOTA_WINDOW_MS },
    unitsPerSecond: (quota.atOnce || 1) / (ANSWER_MS / 1_000),
  };
}
