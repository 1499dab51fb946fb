import { Client, Connection } from '@temporalio/client';
import type { Rig } from './rig.ts';

/** A client of the rig's Temporal, for as long as `work` takes. */
export async function withTemporal<T>(
  { stack }: Rig,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address: stack.temporal.address });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
