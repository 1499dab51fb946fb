import type { Tx } from '../db/database.ts';
import { listEndpoints, resealEndpoint } from '../db/endpoint-store.ts';
import { orgsToReseal } from '../db/key-rotation-store.ts';
import { readSealedPending, resealPending } from '../db/pending-connection-store.ts';
import { openTarget, sealTarget } from '../vault/endpoint-seals.ts';
import { openPending, sealPending } from '../vault/pending-seals.ts';
import { isUnreadable } from '../vault/unreadable.ts';
import type { ActivityDeps } from './deps.ts';
import type { RewrapTurn } from './rewrap-keys.ts';

/**
 * Seals anew what has no data key: endpoints of events, due or disabled, and connections that wait for
 * an administrator. An org is a transaction; a few rows each.
 */
export async function resealOrgs(
  deps: ActivityDeps,
  turn: RewrapTurn,
  signal: AbortSignal,
): Promise<void> {
  const { masters } = deps.keyRing;
  const orgIds = await deps.database.asNobody((tx) => orgsToReseal(tx, masters.current.id));
  for (const orgId of orgIds) {
    signal.throwIfAborted();
    await deps.database.asOrg(orgId, async (tx) => {
      await resealEndpoints(deps, tx, turn);
      await resealWaiting(deps, tx, turn);
    });
  }
}

async function resealEndpoints(deps: ActivityDeps, tx: Tx, turn: RewrapTurn): Promise<void> {
  const { masters } = deps.keyRing;
  for (const endpoint of await listEndpoints(tx)) {
    if (endpoint.masterKeyId === masters.current.id) continue;
    await counted(deps, turn, { endpointId: endpoint.id }, () => {
      const sealed = sealTarget(masters, endpoint, openTarget(masters, endpoint));
      return resealEndpoint(tx, endpoint, sealed);
    });
  }
}

async function resealWaiting(deps: ActivityDeps, tx: Tx, turn: RewrapTurn): Promise<void> {
  const { masters } = deps.keyRing;
  for (const pending of await readSealedPending(tx, masters.current.id)) {
    await counted(deps, turn, { pendingId: pending.id }, () => {
      const sealed = sealPending(masters, pending, openPending(masters, pending));
      return resealPending(tx, pending, sealed);
    });
  }
}

async function counted(
  { log }: ActivityDeps,
  turn: RewrapTurn,
  row: object,
  reseal: () => Promise<void>,
): Promise<void> {
  try {
    await reseal();
    turn.rewrapped += 1;
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    log.error({ ...row, err: error }, 'what a master key seals cannot be sealed anew');
    turn.unreadable += 1;
  }
}
