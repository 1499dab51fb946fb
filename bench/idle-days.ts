import { randomUUID } from 'node:crypto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { PushCoalescer } from '../api/push-coalescer.ts';
import { readConfig } from '../config/config.ts';
import { until } from '../demo/until.ts';
import { resolveTemporalBinary } from '../stack/temporal-binary.ts';
import { createTimeSkippingEnv } from '../stack/temporal-test-env.ts';
import { addSearchAttributes } from '../temporal/search-attributes.ts';
import { fakeActivities, OWNER } from '../test/workflow/fake-activities.ts';
import { bundleWorkflows } from '../worker/bundle.ts';
import { inboxWorkflowId } from '../workflows/ids.ts';
import type { inboxWorkflow } from '../workflows/index.ts';
import { connectedSignal, type InboxInput, wakeSignal } from '../workflows/messages.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';

/** Enough for several continue-as-new. */
const DAYS = 30;
const DAY_MS = 86_400_000;

export interface IdleDays {
  days: number;
  /** Of the inbox workflow, over all its runs. */
  inboxEvents: number;
  /** Events of each run, oldest first. */
  runs: number[];
  checks: number;
  syncs: number;
}

/** A month of an inbox to which nothing happens, in skipped time, with activities that do nothing. */
export async function idleDays(): Promise<IdleDays> {
  // Standard output is for figures; the SDK's own lines would go there too.
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR' }) },
    },
  });
  const { path } = await resolveTemporalBinary('test-server');
  await using env = await createTimeSkippingEnv(path);
  await addSearchAttributes(env.connection, 'default', SEARCH_ATTRIBUTES);
  const inboxId = randomUUID();
  const { activities, count } = idleActivities(env, inboxId);
  const taskQueue = 'idle';
  const worker = await Worker.create({
    ...{ connection: env.nativeConnection, taskQueue, activities },
    workflowBundle: await bundleWorkflows(),
  });
  return await worker.runUntil(async () => {
    await connect(env, taskQueue, { inboxId, epoch: 1 });
    await until('the inbox is open', async () => count('openInbox') === 1);
    const before = await historyOf(env, inboxWorkflowId(inboxId));
    await env.sleep(DAYS * DAY_MS);
    const runs = await historyOf(env, inboxWorkflowId(inboxId));
    await env.client.workflow.getHandle(inboxWorkflowId(inboxId)).terminate();
    return {
      days: DAYS,
      inboxEvents: sum(runs) - sum(before),
      runs,
      checks: count('checkInbox'),
      syncs: count('syncChanges'),
    };
  });
}

/**
 * As the product's activities answer when nothing happens: the next look is the poll interval of
 * healthy push away, and once a day the watch is renewed, which Gmail confirms by a notification that
 * repeats its counter; the API's own coalescer decides whether it is told to the inbox.
 */
function idleActivities(env: TestWorkflowEnvironment, inboxId: string) {
  const { settings } = readConfig({
    DATABASE_URL_API: '-',
    DATABASE_URL_WORKER: '-',
    INBOX_KEYS_DIR: '-',
    MASTER_KEYS: '-',
    LOOKUP_KEY: '-',
    PAYLOAD_KEYS: '-',
    JWT_SECRET: '-'.repeat(32),
  });
  const nextCheckMs = settings.POLL_INTERVAL_WITH_PUSH_MS;
  let watchedAt: number | undefined;
  let clock = 0;
  const pushes = new PushCoalescer({
    wake: () =>
      env.client.workflow
        .getHandle(inboxWorkflowId(inboxId))
        .signal(wakeSignal, { reason: 'mail' }),
    intervalMs: settings.WAKE_COALESCE_MS,
    now: () => clock,
  });
  return fakeActivities({
    openInbox: async () => {
      watchedAt = await env.currentTimeMs();
      return { due: [], nextCheckMs, coalesceMs: settings.WAKE_COALESCE_MS, owner: OWNER };
    },
    checkInbox: async () => {
      clock = await env.currentTimeMs();
      if (clock - (watchedAt ?? clock) >= DAY_MS) {
        watchedAt = clock;
        await pushes.push({ inboxId, epoch: 1, historyId: 1n });
      }
      return { changed: false, due: [], nextCheckMs };
    },
  });
}

const connect = (env: TestWorkflowEnvironment, taskQueue: string, input: InboxInput) =>
  env.client.workflow.signalWithStart<typeof inboxWorkflow, [{ epoch: number }]>('inboxWorkflow', {
    ...{ workflowId: inboxWorkflowId(input.inboxId), taskQueue, args: [input] },
    ...{ signal: connectedSignal, signalArgs: [{ epoch: input.epoch }] },
  });

/** Events of each run, oldest first, found by following what each says it was continued from. */
async function historyOf(env: TestWorkflowEnvironment, workflowId: string): Promise<number[]> {
  const runs: number[] = [];
  let runId: string | undefined;
  do {
    const { events } = await env.client.workflow.getHandle(workflowId, runId).fetchHistory();
    runs.unshift(events?.length ?? 0);
    const started = events?.[0]?.workflowExecutionStartedEventAttributes;
    runId = started?.continuedExecutionRunId || undefined;
  } while (runId);
  return runs;
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
