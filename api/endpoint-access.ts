import type { Tx } from '../db/database.ts';
import { type EndpointRow, getEndpoint } from '../db/endpoint-store.ts';
import { notFound } from './problem.ts';

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
