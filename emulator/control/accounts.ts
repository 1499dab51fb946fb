import { type Account, findAccount, type GoogleContext } from '../google/context.ts';
import { removeLabel } from '../google/gmail/methods/labels.ts';
import { Mailbox } from '../shared/mailbox/mailbox.ts';
import { type EmulatorContext, hasAddress, requireOutlook } from './context.ts';
import type { AccountView, EmulatorControl } from './contract.ts';
import { ControlError } from './control-error.ts';

/** @throws ControlError for an address nobody created */
export const requireAccount = (context: GoogleContext, address: string): Account => {
  const account = findAccount(context, address);
  if (!account) throw new ControlError(`No account ${address}`);
  return account;
};

const toView = ({ mailbox, settings }: Account): AccountView => ({
  address: mailbox.identity.address,
  displayName: mailbox.identity.displayName,
  messages: mailbox.size,
  threads: mailbox.threads.size,
  historyId: mailbox.historyId,
  settings: { ...settings },
});

type AccountControls = Pick<
  EmulatorControl,
  | 'createAccount'
  | 'deleteAccount'
  | 'listAccounts'
  | 'setAccountSettings'
  | 'setAliases'
  | 'listLabels'
  | 'createLabel'
  | 'renameLabel'
  | 'deleteLabel'
  | 'forgetHistory'
>;

export const accountControls = (both: EmulatorContext): AccountControls => {
  const context = both.google;
  const mailboxOf = (address: string) => requireAccount(context, address).mailbox;
  return {
    async createAccount(input) {
      const address = input.address.toLowerCase();
      if (hasAddress(both, address)) throw new ControlError(`Account exists: ${address}`);
      const displayName = input.displayName ?? address.split('@')[0] ?? address;
      const mailbox = new Mailbox(
        { address, displayName, aliases: input.aliases ?? [] },
        context.clock,
      );
      for (const name of input.labels ?? []) mailbox.labels.ensure(name);
      mailbox.onChange((change) => context.pubsub.onChange(address, change));
      const settings = {
        mailEnabled: true,
        bodyCharset: 'utf-8' as const,
        emptyHistoryPage: false,
        searchLagMs: 0,
        ...input.settings,
      };
      mailbox.searchLagMs = settings.searchLagMs;
      const account = { mailbox, settings };
      context.accounts.set(address, account);
      return toView(account);
    },
    async deleteAccount({ address }) {
      if (!findAccount(context, address)) {
        const { mailbox } = requireOutlook(both.graph, address);
        both.graph.accounts.delete(mailbox.identity.address);
        return;
      }
      const key = requireAccount(context, address).mailbox.identity.address;
      context.accounts.delete(key);
      context.oauth.revokeGrant(key);
    },
    async listAccounts() {
      return [...context.accounts.values()].map(toView);
    },
    async setAccountSettings({ address, ...settings }) {
      const account = requireAccount(context, address);
      Object.assign(account.settings, settings);
      account.mailbox.searchLagMs = account.settings.searchLagMs;
      return toView(account);
    },
    async setAliases({ address, aliases }) {
      mailboxOf(address).identity.aliases = aliases;
    },
    async listLabels({ address }) {
      return mailboxOf(address).labels.list();
    },
    async createLabel({ address, name }) {
      return mailboxOf(address).labels.create(name);
    },
    async renameLabel({ address, label, name }) {
      return mailboxOf(address).labels.rename(label, name);
    },
    async deleteLabel({ address, label }) {
      removeLabel(mailboxOf(address), label);
    },
    async forgetHistory({ address }) {
      const mailbox = mailboxOf(address);
      mailbox.forgetHistory();
      return mailbox.historyId;
    },
  };
};
