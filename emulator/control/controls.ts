import type { GoogleContext } from '../google/context.ts';
import { bulkMailbox } from '../seed/bulk/bulk-mailbox.ts';
import { demoMailbox } from '../seed/demo/demo-mailbox.ts';
import { accountControls, requireAccount } from './accounts.ts';
import type { EmulatorControl } from './contract.ts';
import { messageControls } from './messages.ts';
import { oauthControls } from './oauth.ts';
import { operationControls } from './operations.ts';

/** The control methods of one emulator, over its shared state. */
export const createControls = (context: GoogleContext): EmulatorControl => {
  const accounts = accountControls(context);
  return {
    ...operationControls(context),
    ...accounts,
    ...messageControls(context),
    ...oauthControls(context),
    seedDemo: async (input) => demoMailbox(context, accounts.createAccount, input),
    seedBulk: async ({ address, ...options }) => {
      if (!context.accounts.has(address.toLowerCase())) await accounts.createAccount({ address });
      const { mailbox } = requireAccount(context, address);
      return bulkMailbox(mailbox, options, context.clock.now());
    },
  };
};
