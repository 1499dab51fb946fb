import type { DeliveryRow } from '../db/delivery-store.ts';
import { type EndpointRow, getEndpoint } from '../db/endpoint-store.ts';
import { type EndpointTarget, openTarget } from '../vault/endpoint-seals.ts';
import { type PostOutcome, postJson, type Send } from '../webhooks/post.ts';
import { signatureHeaders } from '../webhooks/sign.ts';
import type { ActivityDeps } from './deps.ts';
import { describeEvent } from './event-payloads.ts';

type Told = PostOutcome | 'nothing_to_tell' | 'endpoint_changed';

/**
 * One attempt to tell one event. It is described once its connection is there, in a transaction that
 * ends when it has been put on that: after a deletion no content goes (I7). The endpoint is read with
 * it, so that what its owner has changed (content, secrets, state) holds from the next event on.
 * @param url where the endpoint was when last looked at
 * @returns 'endpoint_changed' when it is elsewhere or not active any more: nothing was attempted
 */
export async function tellEvent(
  deps: ActivityDeps,
  url: string,
  row: DeliveryRow,
  signal: AbortSignal,
): Promise<Told> {
  const { EVENTS_TIMEOUT_MS: timeoutMs, EVENTS_ALLOW_PRIVATE_URLS: allowPrivate } = deps.settings;
  let untold: Told = 'nothing_to_tell';
  const put = (send: Send): Promise<void> =>
    deps.database.asInbox(row.inboxId, async (tx) => {
      const endpoint = await getEndpoint(tx, row.endpointId);
      const target = endpoint && activeTarget(deps, endpoint);
      if (!endpoint || target?.url !== url) {
        untold = 'endpoint_changed';
        return;
      }
      const payload = await describeEvent(deps, tx, endpoint, row);
      if (!payload) return;
      const body = JSON.stringify(payload);
      send(signatures(deps, target, row, body), body);
    });
  return (await postJson(new URL(url), put, { timeoutMs, allowPrivate, signal })) ?? untold;
}

/** @returns null while it is disabled */
export const activeTarget = (
  { keyRing }: ActivityDeps,
  endpoint: EndpointRow,
): EndpointTarget | null =>
  endpoint.state === 'active' ? openTarget(keyRing.masters, endpoint) : null;

function signatures(
  { now }: ActivityDeps,
  target: EndpointTarget,
  { eventId }: DeliveryRow,
  body: string,
): Record<string, string> {
  const at = now();
  const secrets = target.secrets
    .filter(({ endsAt }) => endsAt === null || endsAt > at)
    .map(({ secret }) => secret);
  return signatureHeaders({ id: eventId, at, body }, secrets);
}
