import { z } from 'zod';
import { describeError } from '../../config/describe-error.ts';
import { writeAudit } from '../../db/audit-store.ts';
import type { Tx } from '../../db/database.ts';
import type { InboxRow } from '../../db/inbox-row.ts';
import type { Provider } from '../../domain/inbox.ts';
import { findDataKey } from '../../vault/data-keys.ts';
import { openTokens } from '../../vault/inbox-seals.ts';
import type { Caller } from '../auth.ts';
import type { ApiContext } from '../context.ts';

/** Where the provider lists the apps that have access; at Microsoft those of work accounts. */
export const REVOKE_AT: Record<Provider, string> = {
  gmail: 'https://myaccount.google.com/connections',
  outlook: 'https://myapps.microsoft.com/',
};

/** The same in words, which name what the one address leaves out. */
export const REVOKE_WORDS: Record<Provider, string> = {
  gmail: 'at Google',
  outlook: `at Microsoft (${REVOKE_AT.outlook} for work accounts, https://account.live.com/consent/Manage for personal ones)`,
};

export const revocationSchema = z
  .object({ revoked: z.boolean(), words: z.string() })
  .meta({ description: 'What came of asking the provider to end the grant.' });

type Revocation = z.output<typeof revocationSchema>;

/** The caller of a disconnect does not wait longer for the provider. */
const PATIENCE_MS = 3_000;

/** For one call after the tokens are destroyed; null when the inbox holds none. */
export async function readRenewal(
  ctx: ApiContext,
  tx: Tx,
  inbox: InboxRow,
): Promise<string | null> {
  if (!inbox.tokensCt) return null;
  const key = await findDataKey(tx, ctx.keyRing, inbox);
  return key && openTokens(key, inbox, inbox.tokensCt).renewal;
}

/**
 * The one call to a provider that passes no fence: the inbox is disconnected by then, and this ends
 * what it could have been called with. Never throws: the disconnect stands whatever comes of it.
 */
export async function revokeGrant(
  ctx: ApiContext,
  caller: Caller,
  { id: inboxId, epoch, provider }: InboxRow,
  renewal: string | null,
): Promise<Revocation> {
  const revoke = ctx.connectors[provider]?.revoke;
  if (!revoke) {
    return {
      revoked: false,
      words: `Only you can end the grant, ${REVOKE_WORDS[provider]}.`,
    };
  }
  if (!renewal) return { revoked: false, words: 'We held no access that could be ended.' };
  try {
    await revoke(renewal, AbortSignal.timeout(PATIENCE_MS));
    await ctx.database.asUser(caller, (tx) => writeAudit(tx, { act: 'grant.revoked', inboxId }));
    return { revoked: true, words: 'The grant is ended at the provider, too.' };
  } catch (error) {
    ctx.log.warn({ inboxId, epoch, failure: describeError(error) }, 'a grant was not revoked');
    return {
      revoked: false,
      words: `The provider did not confirm that the grant is ended. End it ${REVOKE_WORDS[provider]}.`,
    };
  }
}
