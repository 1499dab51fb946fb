import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ApplicationFailure } from '@temporalio/activity';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { Duration } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Activities } from '../../activities/index.ts';
import { runCommand } from '../../stack/run-command.ts';
import { resolveTemporalBinary } from '../../stack/temporal-binary.ts';
import { statusQuery, wakeSignal } from '../../workflows/messages.ts';
import { testDataConverter } from '../support/data-converter.ts';
import { fakeActivities, OWNER } from './fake-activities.ts';
import { connect, eventually } from './workflow-world.ts';
import '../support/quiet-temporal.ts';

/** Deployments follow one another on one queue: the code, with a bug in it, mended again. */
let native: NativeConnection;
let connection: Connection;
let client: Client;
let code: string;

beforeAll(async () => {
  const address = inject('temporalAddress');
  native = await NativeConnection.connect({ address });
  connection = await Connection.connect({ address });
  client = new Client({ connection, dataConverter: testDataConverter });
  code = await readFile(inject('workflowBundlePath'), 'utf8');
});
afterAll(async () => {
  await connection?.close();
  await native?.close();
});

const OPENING = "if (state.phase === 'opening') await openInbox(input, state);";

/** The workflows' code with `bug` in front of the line that opens an inbox. */
const withBug = (bug: string): string => {
  expect(code).toContain(OPENING);
  return code.replace(OPENING, `${bug} ${OPENING}`);
};

/** One deployment, for as long as the story takes. */
const deployed = async (
  bundle: string,
  queue: { taskQueue: string; activities: object },
  story: () => Promise<void>,
): Promise<void> => {
  const worker = await Worker.create({
    ...{ ...queue, connection: native, dataConverter: testDataConverter },
    workflowBundle: { code: bundle },
  });
  await worker.runUntil(story);
};

const { EVENT_TYPE_WORKFLOW_TASK_FAILED } = temporal.api.enums.v1.EventType;

const taskHasFailed = async (handle: WorkflowHandle): Promise<boolean> => {
  const { events } = await handle.fetchHistory();
  return (events ?? []).some(({ eventType }) => eventType === EVENT_TYPE_WORKFLOW_TASK_FAILED);
};

const newStory = (overrides: Partial<Activities> = {}) => {
  const fakes = fakeActivities(overrides);
  const inboxId = randomUUID();
  const queue = { taskQueue: `stuck-${randomUUID()}`, activities: fakes.activities };
  return { ...fakes, inboxId, queue };
};

const failsFirst = (nextRetryDelay: Duration): Activities['openInbox'] => {
  let attempts = 0;
  return async () => {
    attempts += 1;
    if (attempts === 1) throw ApplicationFailure.create({ type: 'Outage', nextRetryDelay });
    return { due: [], nextCheckMs: 3_600_000, coalesceMs: 0, owner: OWNER };
  };
};

describe('a run that is stuck', () => {
  it('B11 goes on by itself once the bug that failed its tasks is mended', async () => {
    const { count, inboxId, queue } = newStory();
    const bug = "if (state.mailDirty) throw new TypeError('a bug');";
    const handle = await connect(client, queue.taskQueue, { inboxId, epoch: 1 });
    await deployed(withBug(bug), queue, async () => {
      // A wake that came with the end of the opening would be taken up after the line with the bug.
      await eventually('opened', async () => (await handle.query(statusQuery)).phase === 'live');
      await handle.signal(wakeSignal, { reason: 'mail' });
      await eventually('its task has failed', () => taskHasFailed(handle));
      expect(count('syncChanges')).toBe(0);
    });
    await deployed(code, queue, async () => {
      await eventually('synced', () => count('syncChanges') === 1);
      expect(count('openInbox')).toBe(1);
      await handle.cancel();
      expect(await handle.result()).toEqual({ outcome: 'disconnected' });
    });
  });

  it('B11 is tried at once when its activity is reset in the middle of a long back-off', async () => {
    const { count, inboxId, queue } = newStory({ openInbox: failsFirst('1 hour') });
    await deployed(code, queue, async () => {
      const handle = await connect(client, queue.taskQueue, { inboxId, epoch: 1 });
      const waiting = async (): Promise<string | null | undefined> => {
        const { raw } = await handle.describe();
        return raw.pendingActivities?.find(({ attempt }) => attempt === 2)?.activityId;
      };
      await eventually('it has failed once', async () => Boolean(await waiting()));
      const command = RESET_ACTIVITY.replace('/backfill/<n>', '');
      await runTemporal(
        command.replace('<inboxId>', inboxId).replace('<id>', String(await waiting())),
      );
      await eventually('tried again', () => count('openInbox') === 2);
      await handle.cancel();
      expect(await handle.result()).toEqual({ outcome: 'disconnected' });
    });
  });

  it('B11 goes on after a reset, with the wakes it was sent, when it had taken a wrong turn', async () => {
    const { count, inboxId, queue } = newStory();
    const handle = await connect(client, queue.taskQueue, { inboxId, epoch: 1 });
    // Its history begins with a look that the mended code does not take.
    const bug = "if (state.phase === 'opening') await lookForWork(input, state);";
    await deployed(withBug(bug), queue, () => eventually('opened', () => count('openInbox') === 1));
    await deployed(code, queue, async () => {
      await handle.signal(wakeSignal, { reason: 'mail' });
      await eventually('it does not replay', () => taskHasFailed(handle));
      expect(count('syncChanges')).toBe(0);
      await runTemporal(`${RESET_WORKFLOW.replace('<inboxId>', inboxId)} --reason mended`);
      await eventually('synced', () => count('syncChanges') === 1);
      const current = client.workflow.getHandle(handle.workflowId);
      await current.cancel();
      expect(await current.result()).toEqual({ outcome: 'disconnected' });
    });
  });
});

const RESET_WORKFLOW =
  'temporal workflow reset --workflow-id inbox/<inboxId> --type FirstWorkflowTask';
const RESET_ACTIVITY =
  'temporal activity reset --workflow-id inbox/<inboxId>/backfill/<n> --activity-id <id>';

/** @param command as docs/operations.md has it, with its names filled in */
const runTemporal = async (command: string): Promise<void> => {
  const { path } = await resolveTemporalBinary('server');
  const args = [...command.split(' ').slice(1), '--address', inject('temporalAddress')];
  await runCommand(path, args, { env: process.env, timeoutMs: 20_000 });
};

it('the commands are those of docs/operations.md', async () => {
  const docs = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  for (const command of [RESET_WORKFLOW, RESET_ACTIVITY]) expect(docs).toContain(command);
});
