import { Context } from '@temporalio/activity';
import { inLanes } from '../concurrency/in-lanes.ts';
import { dueLanes, pendingOfLane, pruneDeliveries } from '../db/delivery-store.ts';
import { getEndpoint, orgOfEndpoint } from '../db/endpoint-store.ts';
import type { EndpointTarget } from '../vault/endpoint-seals.ts';
import type { ActivityDeps } from './deps.ts';
import { withHeartbeat } from './heartbeat.ts';
import { settleDelivery } from './settle-delivery.ts';
import { activeTarget, tellEvent } from './tell-event.ts';

export interface EndpointRef {
  endpointId: string;
}

export interface DeliveryTurn {
  /** Nothing is due any more; what is due later is begun then. */
  done: boolean;
  delivered: number;
  /** The endpoint was disabled, and its owner does not know yet. */
  notify: boolean;
}

/** One activity of this length is one history entry, whatever the number of events. */
const TURN_MS = 60_000;
/** What is due again this soon is waited for here, instead of by a workflow of its own. */
const SHORT_WAIT_MS = 5_000;
/** Inboxes told of at once; within one, events go one after the other. */
const LANES = 8;
const EVENTS_PER_READ = 50;
const DAY_MS = 86_400_000;

interface Run {
  deps: ActivityDeps;
  endpointId: string;
  orgId: string;
  signal: AbortSignal;
  endsAt: number;
  delivered: number;
}

/**
 * Delivers what is due at one endpoint, at least once and, within an inbox, in order: an event waits
 * until those before it are delivered or given up. Everything known is a row, so that any attempt
 * goes on where the last one stopped; killed between a delivery and its note, it delivers again
 * under the same id.
 */
export async function deliverEvents(
  deps: ActivityDeps,
  { endpointId }: EndpointRef,
): Promise<DeliveryTurn> {
  return await withHeartbeat(async (signal) => {
    const orgId = await deps.database.asNobody((tx) => orgOfEndpoint(tx, endpointId));
    if (orgId === null) return { done: true, delivered: 0, notify: false };
    const endsAt = deps.now() + TURN_MS;
    const run: Run = { deps, endpointId, orgId, signal, endsAt, delivered: 0 };
    const done = await deliverUntilIdle(run);
    const notify = await deps.database.asOrg(orgId, async (tx) => {
      const endpoint = await getEndpoint(tx, endpointId, { lock: true });
      const keptMs = deps.settings.EVENTS_KEPT_DAYS * DAY_MS;
      await pruneDeliveries(tx, endpointId, deps.now() - keptMs);
      const disabled = endpoint?.state === 'disabled' && endpoint.disabledWhy !== 'asked';
      return disabled && endpoint.notifiedAt === null;
    });
    return { done, delivered: run.delivered, notify };
  });
}

/** @returns false when the turn ended with something still due */
async function deliverUntilIdle(run: Run): Promise<boolean> {
  const { deps, endpointId, orgId, signal } = run;
  while (deps.now() < run.endsAt) {
    signal.throwIfAborted();
    const target = await readTarget(run);
    if (!target) return true;
    const { inboxIds, nextDueAt } = await deps.database.asOrg(orgId, (tx) =>
      dueLanes(tx, endpointId, deps.now()),
    );
    if (inboxIds.length > 0) {
      await inLanes(inboxIds, LANES, (inboxId) => drainLane(run, target.url, inboxId));
    } else if (nextDueAt !== null && nextDueAt - deps.now() <= SHORT_WAIT_MS) {
      await Context.current().sleep(Math.max(1, nextDueAt - deps.now()));
    } else {
      return true;
    }
  }
  return false;
}

const readTarget = async ({ deps, endpointId, orgId }: Run): Promise<EndpointTarget | null> => {
  const endpoint = await deps.database.asOrg(orgId, (tx) => getEndpoint(tx, endpointId));
  return endpoint && activeTarget(deps, endpoint);
};

/** In order, until something is not delivered: the rest waits behind it. */
async function drainLane(run: Run, url: string, inboxId: string): Promise<void> {
  const { deps, endpointId, orgId, signal } = run;
  const rows = await deps.database.asOrg(orgId, (tx) =>
    pendingOfLane(tx, endpointId, inboxId, EVENTS_PER_READ),
  );
  for (const row of rows) {
    signal.throwIfAborted();
    if (row.dueAt > deps.now()) return;
    const outcome = await tellEvent(deps, url, row, signal);
    if (outcome === 'endpoint_changed') return;
    const goOn = await settleDelivery(deps, { orgId, endpointId }, row, outcome);
    if (!goOn) return;
    if (outcome !== 'nothing_to_tell') run.delivered += 1;
  }
}
