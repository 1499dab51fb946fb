import type { MailProvider, ProviderSession } from '../mail-provider.ts';
import { createGraphAccount } from './account.ts';
import { createGraphMail } from './mail.ts';
import type { GraphOptions } from './options.ts';

/** One Outlook mailbox. Build one per attempt: it holds nothing but the session. */
export const createGraphProvider = (
  options: GraphOptions,
  session: ProviderSession,
): MailProvider => {
  const { address, ownAddresses, listScopeChoices, watch, unwatch } = createGraphAccount(
    options,
    session,
  );
  const { baseline, ...mail } = createGraphMail(options, session);
  return {
    ...mail,
    address,
    ownAddresses,
    listScopeChoices,
    watch,
    unwatch,
    profile: async () => ({ address: await address(), cursor: await baseline() }),
  };
};
