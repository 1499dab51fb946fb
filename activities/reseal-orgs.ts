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
 * an administrator. A row is a transaction: whatever deletes several takes them in its own order.
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
    await resealEndpoints(deps, orgId, turn);
    await resealWaiting(deps, orgId, turn);
  }
}

async function resealEndpoints(
  { database, keyRing: { masters }, log }: ActivityDeps,
  orgId: string,
  turn: RewrapTurn,
): Promise<void> {
  for (const endpoint of await database.asOrg(orgId, listEndpoints)) {
    if (endpoint.masterKeyId === masters.current.id) continue;
    await counted(log, turn, { endpointId: endpoint.id }, () => {
      const sealed = sealTarget(masters, endpoint, openTarget(masters, endpoint));
      return database.asOrg(orgId, (tx) => resealEndpoint(tx, endpoint, sealed));
    });
  }
}

async function resealWaiting(
  { database, keyRing: { masters }, log }: ActivityDeps,
  orgId: string,
  turn: RewrapTurn,
): Promise<void> {
  const waiting = await database.asOrg(orgId, (tx) => readSealedPending(tx, masters.current.id));
  for (const pending of waiting) {
    await counted(log, turn, { pendingId: pending.id }, () => {
      const sealed = sealPending(masters, pending, openPending(masters, pending));
      return database.asOrg(orgId, (tx) => resealPending(tx, pending, sealed));
    });
  }
}

async function counted(
  log: ActivityDeps['log'],
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
