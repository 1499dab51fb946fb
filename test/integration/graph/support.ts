import { type Emulator, type EmulatorOptions, startEmulator } from '../../../emulator/index.ts';
import { createGraphClient, type GraphClient } from '../../../providers/graph/client.ts';
import { GRAPH_DEFAULTS, type GraphOptions } from '../../../providers/graph/options.ts';
import { GRAPH_QUOTA } from '../../../providers/graph/quota.ts';
import type { Access } from '../../../providers/mail-provider.ts';

export const OUTLOOK = 'maya@nordic.example';

/** A Microsoft with one mailbox. */
export const startMicrosoft = async (options: EmulatorOptions = {}): Promise<Emulator> => {
  const emulator = await startEmulator(options);
  await emulator.createOutlookAccount({ address: OUTLOOK, folders: ['Clients/Acme'] });
  return emulator;
};

export const graphOptions = (url: string, more: Partial<GraphOptions> = {}): GraphOptions => ({
  ...GRAPH_DEFAULTS,
  endpoints: { apiRoot: url },
  quota: GRAPH_QUOTA,
  ...more,
});

export const clientOf = (url: string, more: Partial<GraphOptions> = {}): GraphClient =>
  createGraphClient(graphOptions(url, more));

export const accessTo = async (emulator: Emulator, address = OUTLOOK): Promise<Access> => {
  const permissions = ['User.Read', 'Mail.Read'];
  const { access_token } = await emulator.issueGraphTokens({ address, permissions });
  return { accessToken: access_token, signal: AbortSignal.timeout(10_000) };
};
