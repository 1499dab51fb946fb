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

/**
 * The one call to a provider that passes no fence: the inbox is disconnected by then, and this ends
 * what it could have been called with. Never throws: the disconnect has committed, and it stands
 * whatever comes of this, also when no key opens the tokens.
 * @param was the inbox before, with the tokens that are destroyed by now
 */
export async function revokeGrant(
  ctx: ApiContext,
  caller: Caller,
  was: InboxRow,
): Promise<Revocation> {
  const { id: inboxId, epoch, provider } = was;
  const failed = (error: unknown, words: string): Revocation => {
    ctx.log.warn({ inboxId, epoch, failure: describeError(error) }, 'a grant was not revoked');
    return { revoked: false, words };
  };
  const revoke = ctx.connectors[provider]?.revoke;
  if (!revoke) {
    return {
      revoked: false,
      words: `Only you can end the grant, ${REVOKE_WORDS[provider]}.`,
    };
  }
  let renewal: string | null;
  try {
    renewal = await ctx.database.asUser(caller, (tx) => openRenewal(ctx, tx, was));
  } catch (error) {
    return failed(
      error,
      `Our own copy of the access could not be opened to end it at the provider, and is destroyed now. End the grant ${REVOKE_WORDS[provider]}.`,
    );
  }
  if (!renewal) return { revoked: false, words: 'We held no access that could be ended.' };
  try {
    await revoke(renewal, AbortSignal.timeout(PATIENCE_MS));
    await ctx.database.asUser(caller, (tx) => writeAudit(tx, { act: 'grant.revoked', inboxId }));
    return { revoked: true, words: 'The grant is ended at the provider, too.' };
  } catch (error) {
    return failed(
      error,
      `The provider did not confirm that the grant is ended. End it ${REVOKE_WORDS[provider]}.`,
    );
  }
}

/**
 * @returns null when there were no tokens, or the history was deleted meanwhile
 * @throws KeyStoreError; InboxKeyMissingError; UnknownKeyError; SealBrokenError
 */
async function openRenewal(ctx: ApiContext, tx: Tx, was: InboxRow): Promise<string | null> {
  if (!was.tokensCt) return null;
  const key = await findDataKey(tx, ctx.keyRing, was);
  return key && openTokens(key, was, was.tokensCt).renewal;
}
