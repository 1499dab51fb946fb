import { Secret } from '../../../config/secret.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../emulator/index.ts';
import { AccessTokenRejectedError } from '../../../providers/errors.ts';
import { createGmailProvider } from '../../../providers/gmail/adapter.ts';
import { GMAIL_DEFAULTS, type GmailOptions } from '../../../providers/gmail/options.ts';
import { GMAIL_QUOTAS } from '../../../providers/gmail/quota.ts';
import type {
  CallGate,
  MailProvider,
  ProviderCall,
  SearchQuery,
} from '../../../providers/mail-provider.ts';

export const ADDRESS = 'user@example.com';
const CLIENT = { clientId: 'sambandh-test', clientSecret: 'secret' };
const REDIRECT = 'http://127.0.0.1:9/callback';

/** A Google with one mailbox, and an adapter for it behind a gate that only records. */
export interface Rig extends AsyncDisposable {
  emulator: Emulator;
  options: GmailOptions;
  calls: ProviderCall[];
  provider(overrides?: Partial<GmailOptions>, signal?: AbortSignal): Promise<MailProvider>;
}

/** @param google options of the emulator; quota is as good as off unless given */
export const startRig = async (google: EmulatorOptions = {}): Promise<Rig> => {
  const emulator = await startEmulator({
    clients: [{ ...CLIENT, redirectUris: [REDIRECT] }],
    accounts: [{ address: ADDRESS, labels: ['Customers'] }],
    quota: { unitsPerUserMinute: 1e9, unitsPerProjectMinute: 1e9, concurrency: 1e6 },
    ...google,
  });
  const options = optionsFor(emulator.url);
  const calls: ProviderCall[] = [];
  return {
    emulator,
    options,
    calls,
    provider: async (overrides = {}, signal) =>
      createGmailProvider({ ...options, ...overrides }, { gate: gateFor(emulator, calls, signal) }),
    [Symbol.asyncDispose]: () => emulator.close(),
  };
};

export const optionsFor = (url: string): GmailOptions => ({
  ...GMAIL_DEFAULTS,
  clientId: CLIENT.clientId,
  clientSecret: new Secret(CLIENT.clientSecret),
  redirectUri: REDIRECT,
  endpoints: {
    apiRoot: url,
    authorize: `${url}/o/oauth2/v2/auth`,
    token: `${url}/token`,
    revoke: `${url}/revoke`,
    certs: `${url}/oauth2/v3/certs`,
  },
  quota: GMAIL_QUOTAS.new,
  pubsubTopic: 'projects/sambandh-emulator/topics/gmail',
});

/** Renews once after a refused token, as the real gate does. */
const gateFor = (emulator: Emulator, calls: ProviderCall[], outer?: AbortSignal): CallGate => {
  let token: string | null = null;
  const renew = async () =>
    (await emulator.issueTokens({ address: ADDRESS, clientId: CLIENT.clientId })).access_token;
  return async (call, start) => {
    calls.push(call);
    const timeout = AbortSignal.timeout(5_000);
    const signal = outer ? AbortSignal.any([outer, timeout]) : timeout;
    token ??= await renew();
    try {
      return await start({ accessToken: token, signal });
    } catch (err) {
      if (!(err instanceof AccessTokenRejectedError)) throw err;
      token = await renew();
      return await start({ accessToken: token, signal });
    }
  };
};

export const contactsQuery = (addresses: string[]): SearchQuery => ({
  addresses,
  from: 0,
  to: Date.now() + 86_400_000,
  scope: { kind: 'contacts' },
  mayBringBodies: false,
});

/** HTTP requests, the parts of a batch not counted. */
export const isRequest = ({ method, batchId }: { method: string; batchId: string | null }) =>
  method === 'batch' || batchId === null;
