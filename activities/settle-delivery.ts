import type { Tx } from '../db/database.ts';
import { type Attempted, type DeliveryRow, noteAttempt } from '../db/delivery-store.ts';
import { disableEndpoint, getEndpoint, noteFailure, noteSuccess } from '../db/endpoint-store.ts';
import { retryDelayMs } from '../domain/event.ts';
import type { PostOutcome } from '../webhooks/post.ts';
import type { ActivityDeps } from './deps.ts';

const DAY_MS = 86_400_000;
/** By Standard Webhooks: the receiver wants no more. */
const GONE = 410;

/**
 * Writes down what came of an attempt: delivered, to be tried again, or given up; an endpoint that
 * answers 410, or has failed for days, is disabled.
 * @returns whether the next event of the inbox may go
 */
export async function settleDelivery(
  deps: ActivityDeps,
  { orgId, endpointId }: { orgId: string; endpointId: string },
  row: DeliveryRow,
  outcome: PostOutcome | 'nothing_to_tell',
): Promise<boolean> {
  return await deps.database.asOrg(orgId, async (tx) => {
    if (outcome === 'nothing_to_tell') {
      return noteAttempt(tx, row, { state: 'dropped' }, { status: null, failure: null });
    }
    const attempted: Attempted = {
      status: 'status' in outcome ? outcome.status : null,
      failure: 'failure' in outcome ? outcome.failure : null,
    };
    if (isSuccess(attempted)) {
      await noteSuccess(tx, endpointId);
      return noteAttempt(tx, row, { state: 'delivered' }, attempted);
    }
    return noteFailed(deps, tx, endpointId, row, attempted);
  });
}

const isSuccess = ({ status }: Attempted): boolean =>
  status !== null && status >= 200 && status < 300;

async function noteFailed(
  deps: ActivityDeps,
  tx: Tx,
  endpointId: string,
  row: DeliveryRow,
  attempted: Attempted,
): Promise<boolean> {
  const { EVENTS_RETRY_FIRST_MS: firstMs, EVENTS_DISABLE_AFTER_DAYS: days } = deps.settings;
  const now = deps.now();
  const retryAt = now + retryDelayMs(row.attempts + 1, firstMs, Math.random());
  const givenUp = retryAt > row.expiresAt;
  const next = givenUp ? ({ state: 'failed' } as const) : ({ state: 'pending', retryAt } as const);
  // The endpoint before its deliveries, as everywhere: two lanes that disable it, or a lane and a
  // deletion of the endpoint, would otherwise wait for each other for ever.
  await getEndpoint(tx, endpointId, { lock: true });
  const mine = await noteAttempt(tx, row, next, attempted);
  if (!mine) return false;
  const failingSince = await noteFailure(tx, endpointId);
  if (attempted.status === GONE) await disableEndpoint(tx, endpointId, 'gone');
  else if (now - failingSince > days * DAY_MS) await disableEndpoint(tx, endpointId, 'failing');
  else return givenUp;
  deps.log.warn({ status: attempted.status }, 'an event endpoint was disabled');
  return false;
}
