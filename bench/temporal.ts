import { Client, Connection } from '@temporalio/client';
import { createDataConverter, parsePayloadKeys } from '../codec/data-converter.ts';
import type { Rig } from './rig.ts';

/** A client of the rig's Temporal, for as long as `work` takes. */
export async function withTemporal<T>(
  { stack, product }: Rig,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    const keys = parsePayloadKeys(product.env.PAYLOAD_KEYS ?? '');
    return await work(new Client({ connection, dataConverter: createDataConverter(keys) }));
  } finally {
    await connection.close();
  }
}
