import type { GoogleContext } from '../google/context.ts';
import { findAccount } from '../google/context.ts';
import { findOutlookAccount, type GraphContext, type OutlookAccount } from '../graph/context.ts';
import type { Outlook } from '../graph/store/outlook.ts';
import type { Mailbox } from '../shared/mailbox/mailbox.ts';
import { ControlError } from './control-error.ts';

/** Both providers, over one clock, log, set of faults and latency. */
export interface EmulatorContext {
  google: GoogleContext;
  graph: GraphContext;
}

/** A mailbox of either provider. */
export interface MailTarget {
  mailbox: Mailbox;
  /** null: a Gmail mailbox. */
  outlook: Outlook | null;
}

/** @throws ControlError for an address nobody created */
export const requireTarget = (context: EmulatorContext, address: string): MailTarget => {
  const gmail = findAccount(context.google, address);
  if (gmail) return { mailbox: gmail.mailbox, outlook: null };
  const { mailbox, outlook } = requireOutlook(context.graph, address);
  return { mailbox, outlook };
};

/** @throws ControlError for an address that is no Outlook mailbox */
export const requireOutlook = (context: GraphContext, address: string): OutlookAccount => {
  const account = findOutlookAccount(context, address);
  if (!account) throw new ControlError(`No account ${address}`);
  return account;
};

export const hasAddress = ({ google, graph }: EmulatorContext, address: string): boolean =>
  google.accounts.has(address.toLowerCase()) || graph.accounts.has(address.toLowerCase());
