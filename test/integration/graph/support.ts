import { Secret } from '../../../config/secret.ts';
import {
  DEFAULT_APP_ID,
  type Emulator,
  type EmulatorOptions,
  startEmulator,
} from '../../../emulator/index.ts';
import { createGraphAccount, type GraphAccount } from '../../../providers/graph/account.ts';
import { createGraphClient, type GraphClient } from '../../../providers/graph/client.ts';
import {
  GRAPH_DEFAULTS,
  type GraphOAuthOptions,
  type GraphOptions,
} from '../../../providers/graph/options.ts';
import { GRAPH_QUOTA } from '../../../providers/graph/quota.ts';
import type { Access, ProviderCall, ProviderSession } from '../../../providers/mail-provider.ts';

export const OUTLOOK = 'maya@nordic.example';
export const REDIRECT = 'http://localhost:3000/oauth/microsoft/callback';

/** A Microsoft with one mailbox. */
export const startMicrosoft = async (options: EmulatorOptions = {}): Promise<Emulator> => {
  const emulator = await startEmulator(options);
  await emulator.createOutlookAccount({ address: OUTLOOK, folders: ['Clients/Acme'] });
  return emulator;
};

export const graphOptions = (
  url: string,
  more: Partial<GraphOptions & GraphOAuthOptions> = {},
): GraphOptions & GraphOAuthOptions => ({
  ...GRAPH_DEFAULTS,
  windowDays: 90,
  endpoints: { apiRoot: url, loginRoot: url },
  tenant: 'common',
  clientId: DEFAULT_APP_ID,
  clientSecret: new Secret('emulator-secret'),
  redirectUri: REDIRECT,
  adminRedirectUri: 'http://localhost:3000/oauth/microsoft/admin-consent',
  timeoutMs: 5_000,
  quota: GRAPH_QUOTA,
  pushUrl: null,
  ...more,
});

export const clientOf = (url: string, more: Partial<GraphOptions> = {}): GraphClient =>
  createGraphClient(graphOptions(url, more));

export const accessTo = async (emulator: Emulator, address = OUTLOOK): Promise<Access> => {
  const permissions = ['User.Read', 'Mail.Read'];
  const { access_token } = await emulator.issueGraphTokens({ address, permissions });
  return { accessToken: access_token, signal: AbortSignal.timeout(10_000) };
};

/** An account behind a gate that only records. */
export const accountOf = async (
  emulator: Emulator,
  {
    address = OUTLOOK,
    push,
    ...more
  }: Partial<GraphOptions> & { address?: string; push?: ProviderSession['push'] } = {},
): Promise<GraphAccount & { calls: ProviderCall[] }> => {
  const access = await accessTo(emulator, address);
  const calls: ProviderCall[] = [];
  const account = createGraphAccount(graphOptions(emulator.url, more), {
    gate: (call, start) => {
      calls.push(call);
      return start(access);
    },
    ...(push && { push }),
  });
  return { ...account, calls };
};
