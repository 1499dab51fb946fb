import type { NewOutlookAccount } from '../../../emulator/control/graph-contract.ts';
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../emulator/index.ts';
import { AccessTokenRejectedError } from '../../../providers/errors.ts';
import { createGraphMail, type GraphMail } from '../../../providers/graph/mail.ts';
import type { GraphOptions } from '../../../providers/graph/options.ts';
import type {
  Access,
  CallGate,
  ChangePage,
  OutlookCursor,
  ProviderCall,
  Reads,
  SearchPage,
  SearchQuery,
} from '../../../providers/mail-provider.ts';
import { accessTo, graphOptions, OUTLOOK } from './support.ts';

/** A Microsoft with one mailbox, and the adapter for it behind a gate that only records. */
export interface Rig extends AsyncDisposable {
  emulator: Emulator;
  calls: ProviderCall[];
  mail(overrides?: Partial<GraphOptions>): GraphMail;
  /** What the touch report would say of the calls so far. */
  touched(): Required<Reads>;
  add(mail: Omit<Parameters<Emulator['addMessage']>[0], 'address'>): Promise<string>;
}

export const startRig = async (
  microsoft: EmulatorOptions = {},
  account: Partial<NewOutlookAccount> = {},
): Promise<Rig> => {
  const emulator = await startEmulator(microsoft);

  await emulator.createOutlookAccount({ address: OUTLOOK, ...account });
  const calls: ProviderCall[] = [];
  return {
    emulator,
    calls,
    mail: (overrides = {}) =>
      createGraphMail(graphOptions(emulator.url, overrides), { gate: gateFor(emulator, calls) }),
    touched: () => {
      const sum = { ids: 0, heads: 0, bodies: 0 };
      for (const { reads, answered } of calls) {
        for (const read of [reads, answered]) {
          sum.ids += read?.ids ?? 0;
          sum.heads += read?.heads ?? 0;
          sum.bodies += read?.bodies ?? 0;
        }
      }
      return sum;
    },
    add: async (mail) => (await emulator.addMessage({ address: OUTLOOK, ...mail })).id,
    [Symbol.asyncDispose]: () => emulator.close(),
  };
};

/** Renews once after a refused token, as the real gate does. */
const gateFor = (emulator: Emulator, calls: ProviderCall[]): CallGate => {
  let access: Promise<Access> | null = null;
  return async (call, start) => {
    calls.push(call);
    access ??= accessTo(emulator);
    const { accessToken } = await access;
    const signal = AbortSignal.timeout(10_000);
    try {
      return await start({ accessToken, signal });
    } catch (err) {
      if (!(err instanceof AccessTokenRejectedError)) throw err;
      access = accessTo(emulator);
      return await start({ ...(await access), signal });
    }
  };
};

const DAY_MS = 86_400_000;

export const contactsQuery = (
  addresses: string[],
  more: Partial<SearchQuery> = {},
): SearchQuery => ({
  addresses,
  from: Date.now() - 90 * DAY_MS,
  to: Date.now() + DAY_MS,
  scope: { kind: 'contacts' },
  mayBringBodies: true,
  ...more,
});

/** All pages of a search. */
export const drain = async (mail: GraphMail, query: SearchQuery): Promise<SearchPage[]> => {
  const pages: SearchPage[] = [];
  let token: string | null = null;
  do {
    const page: SearchPage = await mail.search(query, token);
    pages.push(page);
    token = page.nextPageToken;
  } while (token !== null);
  return pages;
};

export const CONTACTS = { kind: 'contacts' } as const;

/** Changes since the cursor, with a cursor that is surely there. */
export const changesSince = async (
  mail: GraphMail,
  cursor: OutlookCursor,
  scope: Parameters<GraphMail['listChanges']>[1] = CONTACTS,
): Promise<ChangePage & { cursor: OutlookCursor }> => {
  const page = await mail.listChanges(cursor, scope, null);
  if (page.cursor?.provider !== 'outlook') throw new Error('no cursor');
  return { ...page, cursor: page.cursor };
};
