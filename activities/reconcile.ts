import { KeyStoreError } from '../crypto/key-provider.ts';
import { reconcileInboxes, requestChecks } from '../db/check-store.ts';
import { driftMended, keysNotDestroyed } from '../metrics/engine.ts';
import { unusedKeys } from '../vault/unused-keys.ts';
import type { ActivityDeps } from './deps.ts';

/** Renewed by isWatchDue, a watch never comes this near its end unless something is wrong. */
const WATCH_WITHIN_MS = 12 * 3_600_000;

export type Reconciled = Record<
  'missing_workflow' | 'orphan_workflow' | 'watch_expiring' | 'unknown_inbox',
  number
> &
  Swept;

/** `stuck_key`: what the key store did not destroy; the next turn tries again. */
type Swept = Record<'unused_key' | 'stuck_key', number>;

/** A key store that answers slowly must not use up the time of the whole activity. */
const SWEEP_MS = 20_000;

/**
 * Compares Postgres, the truth, with what runs at Temporal. Drift is mended by the commands that any
 * decision is told by, so that it is done once and in one place; a workflow without any inbox, as a
 * restored database leaves behind, is cancelled here.
 */
export async function reconcile(deps: ActivityDeps, _input: object): Promise<Reconciled> {
  const running = await deps.runningInboxes.list();
  const found = await reconcileInboxes(deps.database, { running, watchWithinMs: WATCH_WITHIN_MS });
  const counts: Reconciled = {
    missing_workflow: 0,
    orphan_workflow: 0,
    watch_expiring: 0,
    unknown_inbox: 0,
    ...(await sweepKeys(deps)),
  };
  for (const { kind, ...inbox } of found) {
    counts[kind] += 1;
    driftMended.inc({ drift: kind });
    deps.log.warn({ ...inbox, drift: kind }, 'drift is mended');
    if (kind === 'unknown_inbox') await deps.runningInboxes.cancel(inbox.inboxId);
  }
  return counts;
}

/** Destroys the secrets that no inbox uses, each for itself; a store that is away waits a turn. */
async function sweepKeys({ database, keyRing, log, now }: ActivityDeps): Promise<Swept> {
  const swept: Swept = { unused_key: 0, stuck_key: 0 };
  const endsAt = now() + SWEEP_MS;
  const unused = await unusedKeys(database, keyRing.inboxKeys, now()).catch((error) => {
    if (!(error instanceof KeyStoreError)) throw error;
    log.warn({ err: error }, 'unused keys could not be looked for');
    return [];
  });
  for (const keyId of unused) {
    if (now() > endsAt) break;
    try {
      await keyRing.inboxKeys.destroy(keyId);
      swept.unused_key += 1;
      driftMended.inc({ drift: 'unused_key' });
      log.warn({ keyId, drift: 'unused_key' }, 'drift is mended');
    } catch (error) {
      if (!(error instanceof KeyStoreError)) throw error;
      swept.stuck_key += 1;
      keysNotDestroyed.inc();
      log.error({ keyId, err: error }, 'an unused key could not be destroyed');
    }
  }
  return swept;
}

/** A nightly job that runs a little late must not skip a night. */
const CHECK_EVERY_MS = 20 * 3_600_000;
/** Asked for at once; a workflow that sleeps between batches spreads a night's work. */
const CHECKS_AT_ONCE = 100;

/** @returns whether there may be more to ask for */
export async function requestCompletenessChecks(
  deps: ActivityDeps,
  _input: object,
): Promise<{ more: boolean }> {
  const limit = CHECKS_AT_ONCE;
  // Older mail was checked on the nights when it was younger.
  const windowMs = deps.settings.BACKFILL_DAYS * 86_400_000;
  const everyMs = CHECK_EVERY_MS;
  const asked = await requestChecks(deps.database, { everyMs, limit, windowMs });
  return { more: asked === limit };
}
