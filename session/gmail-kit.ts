import type { Config } from '../config/config.ts';
import { Secret } from '../config/secret.ts';
import type { ProviderPace } from '../domain/eta.ts';
import { createGmailProvider } from '../providers/gmail/adapter.ts';
import { refreshTokens } from '../providers/gmail/oauth.ts';
import { GMAIL_DEFAULTS, type GmailOptions } from '../providers/gmail/options.ts';
import { GMAIL_QUOTAS, type GmailQuota } from '../providers/gmail/quota.ts';
import { createGmailSender } from '../providers/gmail/sender.ts';
import type { ProviderKit } from './mailboxes.ts';

/** Gmail as the environment names it; the API's OAuth and the worker's calls use the same. */
export function gmailOptions({ settings, secrets }: Config): GmailOptions {
  return {
    endpoints: {
      apiRoot: settings.GMAIL_API_ROOT,
      authorize: settings.GOOGLE_AUTHORIZE_URL,
      token: settings.GOOGLE_TOKEN_URL,
      revoke: settings.GOOGLE_REVOKE_URL,
      certs: settings.GOOGLE_CERTS_URL,
    },
    clientId: settings.GOOGLE_CLIENT_ID ?? '',
    clientSecret: secrets.GOOGLE_CLIENT_SECRET ?? new Secret(''),
    redirectUri: new URL('/oauth/google/callback', settings.PUBLIC_URL).href,
    timeoutMs: settings.PROVIDER_TIMEOUT_MS,
    fetchBatchSize: settings.GMAIL_BATCH_SIZE,
    quota: gmailQuota(settings),
    pubsubTopic: settings.GMAIL_PUBSUB_TOPIC ?? null,
    contactsPerQuery: settings.GMAIL_CONTACTS_PER_QUERY,
    maxQueryChars: settings.GMAIL_MAX_QUERY_CHARS,
    maxResponseBytes: GMAIL_DEFAULTS.maxResponseBytes,
    maxBodyBytes: GMAIL_DEFAULTS.maxBodyBytes,
  };
}

export function gmailKit(config: Config): ProviderKit {
  const options = gmailOptions(config);
  const windowMs = config.settings.QUOTA_WINDOW_MS;
  return {
    create: (session) => createGmailProvider(options, session),
    sender: (session) => createGmailSender(options, session),
    renew: async (tokens, _sending, signal) => {
      const { accessToken, expiresAt, refreshToken } = await refreshTokens(
        options,
        tokens.renewal,
        signal,
      );
      return { accessToken, expiresAt, renewal: refreshToken ?? tokens.renewal };
    },
    quotas: {
      mailbox: options.quota.unitsPerUserPerMinute,
      project: options.quota.unitsPerProjectPerMinute,
      windowMs,
      atOnce: 0,
      sendsPerMinute: 0,
    },
  };
}

/** The published price list, with what the environment says otherwise laid over it. */
function gmailQuota(settings: Config['settings']): GmailQuota {
  const list = GMAIL_QUOTAS[settings.GMAIL_PRICE_LIST];
  return {
    ...list,
    units: { ...list.units, ...settings.GMAIL_PRICES },
    unitsPerUserPerMinute: settings.GMAIL_UNITS_PER_MINUTE ?? list.unitsPerUserPerMinute,
    unitsPerProjectPerMinute: settings.GMAIL_PROJECT_UNITS_PER_MINUTE,
  };
}

/** Quota binds: answers come faster than it is granted. */
export function gmailPace(config: Config): ProviderPace {
  const { units, unitsPerUserPerMinute } = gmailOptions(config).quota;
  return {
    ...{ list: units['messages.list'], message: units['messages.get'] },
    ...{ limit: unitsPerUserPerMinute, windowMs: config.settings.QUOTA_WINDOW_MS },
    unitsPerSecond: Number.POSITIVE_INFINITY,
  };
}
