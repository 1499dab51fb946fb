import { getEndpoint, markDisableNotified, orgOfEndpoint } from '../db/endpoint-store.ts';
import { openTarget } from '../vault/endpoint-seals.ts';
import type { EndpointRef } from './deliver-events.ts';
import type { ActivityDeps } from './deps.ts';
import { endpointDisabledMail } from './mails.ts';

/** Mails whoever registered the endpoint that nothing is delivered there any more. */
export async function notifyEndpointDisabled(
  deps: ActivityDeps,
  { endpointId }: EndpointRef,
): Promise<void> {
  const orgId = await deps.database.asNobody((tx) => orgOfEndpoint(tx, endpointId));
  if (orgId === null) return;
  const endpoint = await deps.database.asOrg(orgId, (tx) => getEndpoint(tx, endpointId));
  if (endpoint?.state !== 'disabled' || endpoint.notifiedAt !== null) return;
  const { url, notifyAddress } = openTarget(deps.keyRing.masters, endpoint);
  if (notifyAddress !== null) {
    const { host } = new URL(url);
    await deps.mailer.send(endpointDisabledMail({ to: notifyAddress, host, endpoint }));
  }
  await deps.database.asOrg(orgId, (tx) => markDisableNotified(tx, endpointId));
}
