import { searchIndexOf } from '../google/search/search.ts';
import { bulkMailbox } from '../seed/bulk/bulk-mailbox.ts';
import { warmOutlook } from '../seed/bulk/warm-outlook.ts';
import { demoMailbox } from '../seed/demo/demo-mailbox.ts';
import { accountControls } from './accounts.ts';
import { type EmulatorContext, hasAddress, requireTarget } from './context.ts';
import type { EmulatorControl } from './contract.ts';
import { entraControls } from './entra.ts';
import { graphOperations } from './graph-operations.ts';
import { messageControls } from './messages.ts';
import { oauthControls } from './oauth.ts';
import { operationControls } from './operations.ts';
import { outlookControls } from './outlook.ts';

/**
 * The control methods of one emulator, over its shared state.
 * @param ownUrl where it listens, once it does
 */
export const createControls = (context: EmulatorContext, ownUrl: () => string): EmulatorControl => {
  const accounts = accountControls(context);
  const outlook = outlookControls(context);
  return {
    ...operationControls(context),
    ...graphOperations(context, ownUrl),
    ...accounts,
    ...outlook,
    ...messageControls(context),
    ...oauthControls(context),
    ...entraControls(context),
    seedDemo: async (input) => demoMailbox(context, { ...accounts, ...outlook }, input),
    seedBulk: async ({ address, provider = 'google', ...options }) => {
      if (!hasAddress(context, address)) {
        if (provider === 'google') await accounts.createAccount({ address });
        else await outlook.createOutlookAccount({ address });
      }
      const target = requireTarget(context, address);
      const result = bulkMailbox(target.mailbox, options, context.google.clock.now());
      if (target.outlook) warmOutlook(target.outlook);
      else searchIndexOf(target.mailbox).catchUpHeaders();
      return result;
    },
  };
};
