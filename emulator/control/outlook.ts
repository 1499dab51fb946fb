import type { OutlookAccount } from '../graph/context.ts';
import { DEFAULT_SETTINGS } from '../graph/context.ts';
import { oidOf, PERSONAL_TENANT, type Person } from '../graph/entra/directory.ts';
import type { Folder } from '../graph/store/folders.ts';
import { OutlookIds } from '../graph/store/ids.ts';
import type { OutlookItem } from '../graph/store/item.ts';
import { Outlook } from '../graph/store/outlook.ts';
import { Mailbox } from '../shared/mailbox/mailbox.ts';
import { Random } from '../shared/random.ts';
import { type EmulatorContext, hasAddress, requireOutlook } from './context.ts';
import { ControlError } from './control-error.ts';
import type {
  FolderView,
  GraphControl,
  NewFolder,
  NewOutlookAccount,
  OutlookAccountView,
} from './graph-contract.ts';

type FolderControls = Pick<
  GraphControl,
  'listFolders' | 'createFolder' | 'renameFolder' | 'moveFolder' | 'hideFolder' | 'deleteFolder'
>;

type OutlookControls = FolderControls &
  Pick<
    GraphControl,
    | 'createOutlookAccount'
    | 'listOutlookAccounts'
    | 'setOutlookSettings'
    | 'moveMessage'
    | 'markRead'
    | 'setCategories'
    | 'ordinaryId'
    | 'expireDelta'
  >;

const toView = ({ mailbox, person, settings }: OutlookAccount): OutlookAccountView => ({
  address: mailbox.identity.address,
  displayName: person.displayName,
  kind: person.kind,
  oid: person.oid,
  tenantId: person.tenantId,
  userPrincipalName: person.userPrincipalName,
  messages: mailbox.size,
  settings: { ...settings },
});

const toFolderView = ({ folders }: Outlook, folder: Folder): FolderView => ({
  id: folder.id,
  path: folders.pathOf(folder),
  displayName: folder.displayName,
  parentId: folder.parentId,
  wellKnown: folder.wellKnown,
  isHidden: folder.isHidden,
  isSearch: folder.search !== null,
  messages: folder.items.size,
});

const personOf = (
  { graph }: EmulatorContext,
  address: string,
  input: NewOutlookAccount,
): Person => {
  const kind = input.kind ?? 'work';
  const domain = address.split('@')[1] ?? address;
  return {
    oid: oidOf(address, kind),
    tenantId: kind === 'personal' ? PERSONAL_TENANT : graph.entra.tenantOf(domain).id,
    kind,
    displayName: input.displayName ?? address.split('@')[0] ?? address,
    userPrincipalName: input.userPrincipalName ?? address,
    mail: input.address,
    aliases: input.aliases ?? [],
    isAdmin: input.isAdmin ?? false,
  };
};

const create = (context: EmulatorContext, input: NewOutlookAccount): OutlookAccount => {
  const { graph } = context;
  const address = input.address.toLowerCase();
  if (hasAddress(context, address)) throw new ControlError(`Account exists: ${address}`);
  const person = personOf(context, address, input);
  const ids = new OutlookIds(address, new Random(`outlook ${address}`));
  const aliases = person.aliases.map((one) => ({ address: one, displayName: person.displayName }));
  const identity = { address, displayName: person.displayName, aliases };
  const mailbox = new Mailbox(identity, graph.clock, ids);
  const outlook = new Outlook(mailbox, ids, graph.clock, {
    locale: input.locale ?? 'en',
    missingFolders: input.missingFolders ?? ['clutter'],
  });
  for (const path of input.folders ?? []) outlook.folders.ensurePath(path);
  outlook.forgetLogs();
  outlook.onEvent((event) => graph.notifications.onEvent(address, ids, event));
  const account = {
    mailbox,
    outlook,
    person,
    settings: { ...DEFAULT_SETTINGS, ...input.settings },
  };
  applySettings(account);
  graph.accounts.set(address, account);
  return account;
};

const applySettings = ({ mailbox, outlook, settings }: OutlookAccount): void => {
  mailbox.searchLagMs = settings.searchLagMs;
  outlook.readableAfterMs = settings.readableAfterMs;
};

const createFolder = (outlook: Outlook, input: NewFolder): Folder => {
  const { folders } = outlook;
  const { search, isHidden = false } = input;
  const cut = input.path.lastIndexOf('/');
  const parent = cut < 0 ? folders.root : folders.ensurePath(input.path.slice(0, cut));
  const displayName = input.path.slice(cut + 1);
  const sources = search?.sources.map((name) => folderNamed(outlook, name).id);
  return folders.create({
    displayName,
    parentId: parent.id,
    isHidden,
    search:
      search && sources ? { filterQuery: search.filterQuery, sourceFolderIds: sources } : null,
  });
};

export const outlookControls = (context: EmulatorContext): OutlookControls => {
  const outlookOf = (address: string) => requireOutlook(context.graph, address).outlook;
  const itemOf = (address: string, id: string): OutlookItem => {
    const item = outlookOf(address).find(id);
    if (!item) throw new ControlError(`No message ${id} in ${address}`);
    return item;
  };
  return {
    ...folderControls(outlookOf),
    createOutlookAccount: async (input) => toView(create(context, input)),
    listOutlookAccounts: async () => [...context.graph.accounts.values()].map(toView),
    async setOutlookSettings({ address, ...settings }) {
      const account = requireOutlook(context.graph, address);
      Object.assign(account.settings, settings);
      applySettings(account);
      return toView(account);
    },
    async moveMessage({ address, id, folder }) {
      const outlook = outlookOf(address);
      outlook.move(itemOf(address, id), folderNamed(outlook, folder));
    },
    async markRead({ address, id, read }) {
      const { message } = itemOf(address, id);
      const { mailbox } = outlookOf(address);
      mailbox.relabel(message.id, read ? [] : ['UNREAD'], read ? ['UNREAD'] : []);
    },
    async setCategories({ address, id, categories }) {
      outlookOf(address).setCategories(itemOf(address, id), categories);
    },
    async ordinaryId({ address, id }) {
      const { message, moves } = itemOf(address, id);
      return outlookOf(address).ids.rest(message.id, moves);
    },
    async expireDelta({ address, folder, answer = 'gone' }) {
      const outlook = outlookOf(address);
      outlook.expireDelta(folder === undefined ? null : folderNamed(outlook, folder), answer);
    },
  };
};

/** By id, well-known name or path. @throws ControlError */
const folderNamed = ({ folders }: Outlook, name: string): Folder => {
  const folder = folders.findPath(name);
  if (!folder) throw new ControlError(`No folder ${name}`);
  return folder;
};

const folderControls = (outlookOf: (address: string) => Outlook): FolderControls => {
  /** Does something to one folder of a mailbox and shows what it is now. */
  const change = (
    address: string,
    name: string,
    act: (outlook: Outlook, folder: Folder) => void,
  ) => {
    const outlook = outlookOf(address);
    const folder = folderNamed(outlook, name);
    act(outlook, folder);
    return toFolderView(outlook, folder);
  };
  return {
    async listFolders({ address }) {
      const outlook = outlookOf(address);
      return outlook.folders.all().map((folder) => toFolderView(outlook, folder));
    },
    async createFolder(input) {
      const outlook = outlookOf(input.address);
      return toFolderView(outlook, createFolder(outlook, input));
    },
    renameFolder: async ({ address, folder, name }) =>
      change(address, folder, ({ folders }, found) => folders.rename(found, name)),
    moveFolder: async ({ address, folder, parent }) =>
      change(address, folder, (outlook, found) =>
        outlook.folders.reparent(found, folderNamed(outlook, parent).id),
      ),
    hideFolder: async ({ address, folder, isHidden }) =>
      change(address, folder, ({ folders }, found) => folders.setHidden(found, isHidden)),
    async deleteFolder({ address, folder, permanently = false }) {
      const outlook = outlookOf(address);
      const found = folderNamed(outlook, folder);
      if (permanently) outlook.removeFolder(found);
      else outlook.folders.reparent(found, folderNamed(outlook, 'deleteditems').id);
    },
  };
};
