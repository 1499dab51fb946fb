import { ProviderUnavailableError } from '../errors.ts';
import type { MailProvider, ProviderCall, ProviderSession } from '../mail-provider.ts';
import { createGraphClient, type GraphCall, type GraphClient } from './client.ts';
import { type GraphFolder, toScopeChoices, WELL_KNOWN } from './folders.ts';
import type { GraphOptions } from './options.ts';
import { createSubscriptions } from './subscriptions.ts';

/** What of an Outlook mailbox is not mail: whose it is, its folders, its notifications. */
export interface GraphAccount
  extends Pick<MailProvider, 'ownAddresses' | 'listScopeChoices' | 'watch' | 'unwatch'> {
  address(): Promise<string>;
  /** Every folder at any depth, hidden and search folders included, each with its parent. */
  folders(): Promise<GraphFolder[]>;
}

interface Person {
  mail: string | null;
  userPrincipalName: string | null;
  proxyAddresses?: string[];
  otherMails?: string[];
}

interface Page<T> {
  value: T[];
  '@odata.nextLink'?: string;
}

const PERSON = { $select: 'mail,userPrincipalName,proxyAddresses,otherMails' };
const FOLDER_FIELDS = 'id,displayName,parentFolderId,childFolderCount,isHidden';

/** One request, through the session's gate. */
export type Ask = <T extends object>(call: GraphCall) => Promise<T>;

export const createGraphAccount = (
  options: GraphOptions,
  session: ProviderSession,
): GraphAccount => {
  const client: GraphClient = createGraphClient(options);
  const priced = ({ method }: GraphCall): ProviderCall => ({ method, units: 1 });
  const ask: Ask = (call) => session.gate(priced(call), (access) => client.request(call, access));
  const command = (call: GraphCall) =>
    session.gate(priced(call), (access) => client.command(call, access));

  const person = () => ask<Person>({ method: 'me', to: { path: '/me', query: PERSON } });

  const page = async <T>(first: GraphCall): Promise<T[]> => {
    const rows: T[] = [];
    for (let call = first; ; ) {
      const { value, '@odata.nextLink': link } = await ask<Page<T>>(call);
      rows.push(...value);
      if (!link) return rows;
      call = { method: first.method, paging: true, to: { link } };
    }
  };

  const foldersIn = (path: string): Promise<GraphFolder[]> => {
    const query = { includeHiddenFolders: 'true', $top: 250, $select: FOLDER_FIELDS };
    return page({ method: 'mailFolders.list', to: { path, query } });
  };

  const folders = async (): Promise<GraphFolder[]> => {
    const found = await foldersIn('/me/mailFolders');
    // Grows while it is walked: children follow their parents.
    for (const { id, childFolderCount } of found) {
      if (!childFolderCount) continue;
      found.push(...(await foldersIn(`/me/mailFolders/${encodeURIComponent(id)}/childFolders`)));
    }
    return found;
  };

  /** v1.0 tells no folder's well-known name: the names are asked for one by one, in one batch. */
  const wellKnown = async (): Promise<Map<string, string>> => {
    const requests = WELL_KNOWN.map((name) => ({
      id: name,
      method: 'GET',
      url: `/me/mailFolders/${name}?$select=id`,
    }));
    const call: GraphCall = {
      method: 'batch',
      http: 'POST',
      to: { path: '/$batch' },
      body: { requests },
    };
    const cost = { method: call.method, units: requests.length, atOnce: 4 };
    const { responses } = await session.gate(cost, (access) =>
      client.request<{ responses: { id: string; status: number; body?: { id?: string } }[] }>(
        call,
        access,
      ),
    );
    // 404: this mailbox has no such folder. Anything else would pass a folder off as the user's own.
    const unsure = responses.find(({ status }) => status !== 200 && status !== 404);
    if (unsure) throw new ProviderUnavailableError(`Graph batch: a part answered ${unsure.status}`);
    return new Map(responses.flatMap(({ id, body }) => (body?.id ? [[body.id, id] as const] : [])));
  };

  return {
    folders,

    async address() {
      const { mail, userPrincipalName } = await person();
      const address = [mail, userPrincipalName].find(isAddress);
      if (!address) throw new ProviderUnavailableError('Graph gave no address');
      return address;
    },

    async ownAddresses() {
      const { mail, userPrincipalName, proxyAddresses = [], otherMails = [] } = await person();
      const proxies = proxyAddresses.flatMap((one) => /^smtp:(.+)$/i.exec(one)?.[1] ?? []);
      // Personal accounts have no proxy addresses and keep their aliases here; in a work account
      // these are mailboxes elsewhere.
      const aliases = proxies.length > 0 ? proxies : otherMails;
      return [...new Set([mail, userPrincipalName, ...aliases].filter(isAddress))];
    },

    async listScopeChoices() {
      const [all, names] = [await folders(), await wellKnown()];
      return toScopeChoices(all, names);
    },

    ...createSubscriptions({ ask, command }, options, session),
  };
};

const isAddress = (text: string | null): text is string => text?.includes('@') ?? false;
