import { WorkflowNotFoundError } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import {
  backfillWorkflowId,
  endpointWorkflowId,
  sendWorkflowId,
  syncWorkflowId,
} from '../../workflows/ids.ts';
import { statusQuery, wakeSignal } from '../../workflows/messages.ts';
import { failWith, fakeActivities, OWNER } from './fake-activities.ts';
import { eventually, withWorker } from './workflow-world.ts';

const HOUR_MS = 3_600_000;

describe('the inbox workflow', () => {
  it('syncs at once on the first wake and shares one sync among the wakes behind it (P1)', async () => {
    let release = (): void => {};
    const firstSync = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { activities, count } = fakeActivities({
      syncChanges: async () => {
        await firstSync;
        return { seen: 0, stored: 0, workFound: false };
      },
    });
    await withWorker(activities, async ({ connect }) => {
      const handle = await connect(1);
      await handle.signal(wakeSignal, { reason: 'mail' });
      await eventually('the first sync runs', () => count('syncChanges') === 1);
      for (let i = 0; i < 20; i += 1) await handle.signal(wakeSignal, { reason: 'mail' });
      release();
      await eventually('the wakes behind it are served', () => count('syncChanges') === 2);
      await handle.cancel();
      await handle.result();
      expect(count('syncChanges')).toBe(2);
    });
  });

  it('makes a few changes an activity of its own, and catching up with many a workflow (P1)', async () => {
    const { activities, calls, count } = fakeActivities({
      syncChanges: async ({ atMost }) => {
        const many = atMost !== undefined && count('syncChanges') > 1;
        return { seen: many ? 0 : 1, stored: 0, workFound: false, tooMany: many };
      },
    });
    await withWorker(activities, async ({ env, connect, inboxId }) => {
      const handle = await connect(1);
      const catchUp = env.client.workflow.getHandle(syncWorkflowId(inboxId));
      await handle.signal(wakeSignal, { reason: 'mail' });
      await eventually(
        'synced',
        async () => (await handle.query(statusQuery)).lastSync?.seen === 1,
      );
      await expect(catchUp.describe()).rejects.toThrow(WorkflowNotFoundError);
      await handle.signal(wakeSignal, { reason: 'mail' });
      await eventually('caught up', () => count('syncChanges') === 3);
      expect(await catchUp.result()).toMatchObject({ seen: 1 });
      const limits = calls
        .filter((c) => c.name === 'syncChanges')
        .map((c) => Object(c.input).atMost);
      expect(limits).toEqual([20, 20, undefined]);
      await handle.cancel();
      await handle.result();
    });
  });

  it('syncs again when more may have come that nobody has announced (P1)', async () => {
    const { activities, count } = fakeActivities({
      syncChanges: async () => ({
        ...{ seen: 2, stored: 2, workFound: false },
        goesOn: count('syncChanges') === 1,
      }),
    });
    await withWorker(activities, async ({ connect }) => {
      const handle = await connect(1);
      await handle.signal(wakeSignal, { reason: 'mail' });
      await eventually('synced twice', () => count('syncChanges') === 2);
      await handle.cancel();
      await handle.result();
      expect(count('syncChanges')).toBe(2);
    });
  });

  it('looks by itself when no push comes, and keeps looking under a storm of wakes', async () => {
    const { activities, count } = fakeActivities({
      openInbox: async () => ({ due: [], nextCheckMs: 5 * 60_000, coalesceMs: 0, owner: OWNER }),
      checkInbox: async () => ({ changed: false, due: [], nextCheckMs: 5 * 60_000 }),
    });
    await withWorker(activities, async ({ env, connect }) => {
      const handle = await connect(1);
      await eventually('opened', () => count('openInbox') === 1);
      for (let i = 0; i < 12; i += 1) {
        await handle.signal(wakeSignal, { reason: 'mail' });
        await env.sleep('1 minute');
      }
      expect(count('checkInbox')).toBeGreaterThanOrEqual(2);
      await handle.cancel();
      await handle.result();
    });
  });

  it('syncs when a look finds that push has missed something', async () => {
    let looks = 0;
    const { activities, count } = fakeActivities({
      openInbox: async () => ({ due: [], nextCheckMs: HOUR_MS, coalesceMs: 0, owner: OWNER }),
      checkInbox: async () => {
        looks += 1;
        return { changed: looks === 1, due: [], nextCheckMs: HOUR_MS };
      },
    });
    await withWorker(activities, async ({ env, connect }) => {
      const handle = await connect(1);
      await env.sleep('90 minutes');
      await eventually('synced', () => count('syncChanges') === 1);
      await handle.cancel();
      await handle.result();
    });
  });

  it('waits for its user after a revoked grant, tells them once, and goes on when reconnected', async () => {
    let revoked = true;
    const { activities, count, calls } = fakeActivities({
      syncChanges: async () => {
        if (revoked) await failWith('TokenRevoked')();
        return { seen: 1, stored: 1, workFound: false };
      },
    });
    await withWorker(activities, async ({ env, connect }) => {
      const handle = await connect(1);
      await handle.signal(wakeSignal, { reason: 'mail' });
      await eventually('told', () => count('notifyReconnect') === 1);
      await handle.signal(wakeSignal, { reason: 'mail' });
      await env.sleep('1 day');
      expect(count('syncChanges')).toBe(1);
      expect((await handle.query(statusQuery)).phase).toBe('needs_reconnect');

      revoked = false;
      await connect(2);
      await eventually('opened anew', () => count('openInbox') === 2);
      expect(calls.filter((c) => c.name === 'openInbox').at(-1)?.input).toMatchObject({ epoch: 2 });
      expect(count('notifyReconnect')).toBe(1);
      const current = env.client.workflow.getHandle(handle.workflowId);
      await current.cancel();
      await current.result();
    });
  });

  it('survives a failure nobody foresaw and tries again at the next check', async () => {
    let syncs = 0;
    const { activities, count } = fakeActivities({
      openInbox: async () => ({ due: [], nextCheckMs: HOUR_MS, coalesceMs: 0, owner: OWNER }),
      checkInbox: async () => ({ changed: syncs < 2, due: [], nextCheckMs: HOUR_MS }),
      syncChanges: async () => {
        syncs += 1;
        if (syncs === 1) await failWith('RequestRefused')();
        return { seen: 0, stored: 0, workFound: false };
      },
    });
    await withWorker(activities, async ({ env, connect }) => {
      const handle = await connect(1);
      await handle.signal(wakeSignal, { reason: 'mail' });
      await eventually('failed once', () => syncs === 1);
      await env.sleep('10 minutes');
      await eventually('tried again', () => count('syncChanges') === 2);
      await handle.cancel();
      expect(await handle.result()).toEqual({ outcome: 'disconnected' });
    });
  });

  it('leaves a backfill completed whose mail could not be sent for a day (P7)', async () => {
    const { activities, count } = fakeActivities({
      openInbox: async () => ({ due: [1], nextCheckMs: HOUR_MS, coalesceMs: 0, owner: OWNER }),
      notifyBackfill: async () => {
        throw new Error('the mail server is away');
      },
    });
    await withWorker(activities, async ({ env, connect, inboxId }) => {
      const handle = await connect(1);
      await eventually('tried to mail', () => count('notifyBackfill') > 0);
      const backfill = env.client.workflow.getHandle(backfillWorkflowId(inboxId, 1));
      expect(await backfill.result()).toMatchObject({ outcome: 'completed', stored: 1 });
      const { searchAttributes } = await backfill.describe();
      expect(searchAttributes).toMatchObject({ BackfillState: ['completed'] });
      expect(count('notifyBackfill')).toBeGreaterThan(10);
      expect(count('failBackfill')).toBe(0);
      await handle.cancel();
      await handle.result();
    });
  });

  it('ends quietly when its epoch is stale (I4)', async () => {
    const { activities } = fakeActivities({
      openInbox: failWith('StaleEpoch'),
      readStatus: async () => 'stale',
    });
    await withWorker(activities, async ({ connect }) => {
      const handle = await connect(1);
      expect(await handle.result()).toEqual({ outcome: 'stale' });
    });
  });

  it('costs an idle day with healthy push at most 50 events', async () => {
    const { activities } = fakeActivities();
    await withWorker(activities, async ({ env, connect }) => {
      const handle = await connect(1);
      await env.sleep('1 day');
      const before = (await handle.fetchHistory()).events?.length ?? 0;
      await env.sleep('1 day');
      const after = (await handle.fetchHistory()).events?.length ?? 0;
      expect(after - before).toBeGreaterThan(0);
      expect(after - before).toBeLessThanOrEqual(50);
      await handle.cancel();
      await handle.result();
    });
  });
});

describe('the workflow of an endpoint', () => {
  it('delivers on when its owner cannot be mailed that it was disabled', async () => {
    const turns = [
      { done: false, delivered: 2, notify: true },
      { done: true, delivered: 3, notify: false },
    ];
    const { activities, count } = fakeActivities({
      deliverEvents: async () => turns.shift() as (typeof turns)[number],
      notifyEndpointDisabled: failWith('SealBroken'),
    });
    await withWorker(activities, async ({ client, taskQueue, inboxId: endpointId }) => {
      const result = await client.workflow.execute('deliverEventsWorkflow', {
        workflowId: endpointWorkflowId(endpointId),
        taskQueue,
        args: [{ endpointId }],
      });
      expect(result).toEqual({ delivered: 5 });
      expect(count('notifyEndpointDisabled')).toBe(1);
    });
  });

  it('delivers to an endpoint that is enabled again while the mail is still tried', async () => {
    let enabled = false;
    let told = false;
    const { activities, count } = fakeActivities({
      deliverEvents: async () => ({ done: true, delivered: enabled ? 1 : 0, notify: !enabled }),
      notifyEndpointDisabled: async () => {
        if (!told) throw new Error('the mail server is away');
      },
    });
    await withWorker(activities, async ({ env, client, taskQueue, inboxId: endpointId }) => {
      const handle = await client.workflow.start('deliverEventsWorkflow', {
        workflowId: endpointWorkflowId(endpointId),
        taskQueue,
        args: [{ endpointId }],
      });
      await eventually('tried to mail', () => count('notifyEndpointDisabled') > 0);
      enabled = true;
      const before = count('deliverEvents');
      await env.sleep('6 minutes');
      expect(count('deliverEvents')).toBeGreaterThan(before);
      told = true;
      expect((await handle.result()).delivered).toBeGreaterThan(0);
    });
  });
});

describe('the workflow of a message', () => {
  it('has its inbox look at once, which tells its user, when it met a dead grant (P10)', async () => {
    const { activities, count } = fakeActivities({
      sendMessage: async () => ({ state: 'failed', retryInMs: null, wakesInbox: true }),
      checkInbox: failWith('TokenRevoked'),
    });
    await withWorker(activities, async ({ client, connect, taskQueue, inboxId }) => {
      const handle = await connect(1);
      await eventually('opened', () => count('openInbox') === 1);
      const sent = await client.workflow.execute('sendMessageWorkflow', {
        workflowId: sendWorkflowId(inboxId, 'key'),
        ...{ taskQueue, args: [{ inboxId, outgoingId: inboxId }] },
      });
      expect(sent).toEqual({ state: 'failed' });
      await eventually('told', () => count('notifyReconnect') === 1);
      await handle.cancel();
      await handle.result();
    });
  });

  it('waits out a long outage in short histories, and asks no more once it is sent', async () => {
    const turns = 60;
    const { activities, calls, count } = fakeActivities({
      sendMessage: async () =>
        count('sendMessage') > turns
          ? { state: 'sent', retryInMs: null }
          : { state: 'queued', retryInMs: 15_000 },
    });
    await withWorker(activities, async ({ client, taskQueue, inboxId }) => {
      const input = { inboxId, outgoingId: inboxId };
      const workflowId = sendWorkflowId(inboxId, 'key');
      const first = await client.workflow.start('sendMessageWorkflow', {
        ...{ workflowId, taskQueue, args: [input] },
      });
      expect(await first.result()).toEqual({ state: 'sent' });
      expect(calls).toEqual(Array(turns + 1).fill({ name: 'sendMessage', input }));
      // A day of such turns in one history would be above the server's limit of 51,200 events.
      const { events } = await client.workflow
        .getHandle(workflowId, first.firstExecutionRunId)
        .fetchHistory();
      expect(events?.length).toBeLessThan(450);
      expect((await client.workflow.getHandle(workflowId).describe()).runId).not.toBe(
        first.firstExecutionRunId,
      );
    });
  });
});
