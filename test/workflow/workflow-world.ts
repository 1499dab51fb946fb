import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection, Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import type { Activities } from '../../activities/index.ts';
import { createTimeSkippingEnv } from '../../stack/temporal-test-env.ts';
import { addSearchAttributes } from '../../temporal/search-attributes.ts';
import { backfillTaskQueue, inboxWorkflowId } from '../../workflows/ids.ts';
import type { inboxWorkflow } from '../../workflows/index.ts';
import { connectedSignal, type InboxInput } from '../../workflows/messages.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.ts';
import { testDataConverter } from '../support/data-converter.ts';
import '../support/quiet-temporal.ts';

/** One story: a server of its own, whose time no other story holds up, and a worker. */
export async function withWorker<T>(
  activities: Activities,
  story: (world: World & { env: TestWorkflowEnvironment }) => Promise<T>,
): Promise<T> {
  await using env = await createTimeSkippingEnv(inject('temporalTestServerPath'), {
    dataConverter: testDataConverter,
  });
  await addSearchAttributes(env.connection, 'default', SEARCH_ATTRIBUTES);
  const codePath = inject('workflowBundlePath');
  const server = { connection: env.nativeConnection, client: env.client, codePath };
  return await tell(server, activities, (world) => story({ ...world, env }));
}

/** The same on the shared dev server, in real time. */
export async function withDevServer<T>(
  activities: Activities,
  story: (world: World) => Promise<T>,
): Promise<T> {
  const address = inject('temporalAddress');
  const native = await NativeConnection.connect({ address });
  const connection = await Connection.connect({ address });
  try {
    const codePath = inject('workflowBundlePath');
    const server = {
      connection: native,
      client: new Client({ connection, dataConverter: testDataConverter }),
      codePath,
    };
    return await tell(server, activities, story);
  } finally {
    await connection.close();
    await native.close();
  }
}

export interface World {
  client: Client;
  taskQueue: string;
  inboxId: string;
  /** As the API does on every connect. */
  connect(epoch: number): ReturnType<typeof connect>;
}

/** A worker with these activities on a queue of its own, for as long as the story takes. */
export async function tell<T>(
  server: { connection: NativeConnection; client: Client; codePath: string },
  activities: Activities,
  story: (world: World) => Promise<T>,
): Promise<T> {
  const { connection, client, codePath } = server;
  const taskQueue = `story-${randomUUID()}`;
  const shared = {
    connection,
    activities,
    dataConverter: testDataConverter,
    shutdownGraceTime: '1 second',
  } as const;
  const worker = await Worker.create({ ...shared, taskQueue, workflowBundle: { codePath } });
  const longTurns = await Worker.create({ ...shared, taskQueue: backfillTaskQueue(taskQueue) });
  const inboxId = randomUUID();
  return await worker.runUntil(() =>
    longTurns.runUntil(() =>
      story({
        client,
        taskQueue,
        inboxId,
        connect: (epoch) => connect(client, taskQueue, { inboxId, epoch }),
      }),
    ),
  );
}

/** As the API does on every connect. */
export const connect = (client: Client, taskQueue: string, input: InboxInput) =>
  client.workflow.signalWithStart<typeof inboxWorkflow, [{ epoch: number }]>('inboxWorkflow', {
    workflowId: inboxWorkflowId(input.inboxId),
    taskQueue,
    args: [input],
    signal: connectedSignal,
    signalArgs: [{ epoch: input.epoch }],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
  });

/** Polls a condition of the story; time-skipping servers have no other way to wait for one. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
