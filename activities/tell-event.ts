import type { DeliveryRow } from '../db/delivery-store.ts';
import { type EndpointRow, getEndpoint } from '../db/endpoint-store.ts';
import { openTarget } from '../vault/endpoint-seals.ts';
import { type PostOutcome, postJson } from '../webhooks/post.ts';
import { signatureHeaders } from '../webhooks/sign.ts';
import type { ActivityDeps } from './deps.ts';
import { describeEvent, type EventPayload } from './event-payloads.ts';

/**
 * One attempt to tell one event. The endpoint is read with it: what its owner has changed (content,
 * address, secrets, state) holds from the next event on.
 * @returns null when the endpoint is not active any more
 */
export async function tellEvent(
  deps: ActivityDeps,
  row: DeliveryRow,
  signal: AbortSignal,
): Promise<PostOutcome | 'nothing_to_tell' | null> {
  const event = await deps.database.asInbox(row.inboxId, async (tx) => {
    const endpoint = await getEndpoint(tx, row.endpointId);
    if (endpoint?.state !== 'active') return null;
    return { endpoint, payload: await describeEvent(deps, tx, endpoint, row) };
  });
  if (!event) return null;
  const { endpoint, payload } = event;
  return payload ? await post(deps, endpoint, row, payload, signal) : 'nothing_to_tell';
}

function post(
  { keyRing, settings, now }: ActivityDeps,
  endpoint: EndpointRow,
  { eventId }: DeliveryRow,
  payload: EventPayload,
  signal: AbortSignal,
): Promise<PostOutcome> {
  const target = openTarget(keyRing.masters, endpoint);
  const at = now();
  const body = JSON.stringify(payload);
  const secrets = target.secrets
    .filter(({ endsAt }) => endsAt === null || endsAt > at)
    .map(({ secret }) => secret);
  const { EVENTS_TIMEOUT_MS: timeoutMs, EVENTS_ALLOW_PRIVATE_URLS: allowPrivate } = settings;
  const headers = signatureHeaders({ id: eventId, at, body }, secrets);
  return postJson(new URL(target.url), headers, body, { timeoutMs, allowPrivate, signal });
}
