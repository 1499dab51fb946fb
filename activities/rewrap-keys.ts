import { rewrapDataKey } from '../crypto/data-key.ts';
import { holdWrappedKeys, inboxesToRewrap, saveWrappedKey } from '../db/key-rotation-store.ts';
import { ContentFreeError } from '../domain/errors.ts';
import { isUnreadable } from '../vault/unreadable.ts';
import type { ActivityDeps } from './deps.ts';
import { withHeartbeat } from './heartbeat.ts';
import { resealOrgs } from './reseal-orgs.ts';

export interface RewrapInput {
  /** The master key to wrap by. */
  masterKeyId: string;
  /** Inboxes up to this id are done; null at the start. */
  after: string | null;
}

export interface RewrapTurn {
  /** Null when no inbox is left. */
  after: string | null;
  /** Data keys, endpoints of events, waiting connections. */
  rewrapped: number;
  /** Those whose key or secret is gone or that were changed: nothing opens them any more. */
  unreadable: number;
}

const INBOXES_PER_TURN = 500;

/**
 * Wraps data keys anew under the current master key, each in a transaction of its own: whatever is
 * killed, a key is wrapped by one of the two, and the next turn takes what is left. The last turn
 * seals what else a master key seals.
 */
export async function rewrapKeys(deps: ActivityDeps, input: RewrapInput): Promise<RewrapTurn> {
  return await withHeartbeat(async (signal) => {
    const { masterKeyId } = input;
    assertCurrent(deps, masterKeyId);
    const inboxIds = await deps.database.asNobody((tx) =>
      inboxesToRewrap(tx, { masterKeyId, after: input.after, limit: INBOXES_PER_TURN }),
    );
    const turn: RewrapTurn = { after: inboxIds.at(-1) ?? null, rewrapped: 0, unreadable: 0 };
    for (const inboxId of inboxIds) {
      signal.throwIfAborted();
      await rewrapInbox(deps, inboxId, turn);
    }
    if (turn.after === null) await resealOrgs(deps, turn, signal);
    return turn;
  });
}

/** A worker that was started before the rotation would wrap everything back. */
class StaleKeyRingError extends ContentFreeError {
  override readonly name = 'StaleKeyRing';
}

function assertCurrent({ keyRing: { masters } }: ActivityDeps, masterKeyId: string): void {
  if (masters.current.id === masterKeyId) return;
  throw new StaleKeyRingError(
    `This worker wraps by master key "${masters.current.id}", not by "${masterKeyId}": restart it.`,
  );
}

async function rewrapInbox(deps: ActivityDeps, inboxId: string, turn: RewrapTurn): Promise<void> {
  const { keyRing } = deps;
  await deps.database.asInbox(inboxId, async (tx, { orgId, epoch }) => {
    for (const key of await holdWrappedKeys(tx)) {
      if (key.masterKeyId === keyRing.masters.current.id) continue;
      try {
        await saveWrappedKey(tx, await rewrapDataKey(keyRing, { orgId, inboxId }, key));
        turn.rewrapped += 1;
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        // A database restored from before a deletion has such keys: they must not hold up the others.
        deps.log.error({ inboxId, epoch, err: error }, 'a data key cannot be wrapped anew');
        turn.unreadable += 1;
      }
    }
  });
}
