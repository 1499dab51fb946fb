import { describeError } from '../config/describe-error.ts';
import type { User } from '../db/database.ts';
import { destroyDoomedKeys } from '../vault/doomed-keys.ts';
import type { ApiContext } from './context.ts';

/** @returns false when the key store is away: the deletion's workflow then goes on trying */
export async function destroyKeys(
  ctx: ApiContext,
  caller: User,
  inboxId: string,
): Promise<boolean> {
  try {
    await destroyDoomedKeys(
      (work) => ctx.database.asUser(caller, work),
      ctx.keyRing.inboxKeys,
      inboxId,
    );
    return true;
  } catch (error) {
    ctx.log.warn({ inboxId, failure: describeError(error) }, 'inbox key not destroyed yet');
    return false;
  }
}
