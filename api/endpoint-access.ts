import type { Tx } from '../db/database.ts';
import { type EndpointRow, getEndpoint } from '../db/endpoint-store.ts';
import { type EndpointTarget, openTarget } from '../vault/endpoint-seals.ts';
import { isUnreadable } from '../vault/unreadable.ts';
import type { ApiContext } from './context.ts';
import { notFound, Problem } from './problem.ts';

/** @throws Problem `not-found`, alike for an unknown endpoint and another org's */
export async function ownEndpoint(
  tx: Tx,
  id: string,
  options?: { lock: boolean },
): Promise<EndpointRow> {
  const endpoint = await getEndpoint(tx, id, options);
  if (!endpoint) throw notFound('event endpoint');
  return endpoint;
}

/** Where it is and how it knows us; null where that does not open: it must not hide the others. */
export function findTarget(
  { keyRing, log }: Pick<ApiContext, 'keyRing' | 'log'>,
  endpoint: EndpointRow,
): EndpointTarget | null {
  try {
    return openTarget(keyRing.masters, endpoint);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    log.error({ endpointId: endpoint.id, err: error }, 'an event endpoint does not open');
    return null;
  }
}

/** The same. @throws Problem `endpoint-unreadable` */
export function mustFindTarget(...asked: Parameters<typeof findTarget>): EndpointTarget {
  const target = findTarget(...asked);
  if (!target) throw new Problem('endpoint-unreadable', 'Nothing was changed.');
  return target;
}
