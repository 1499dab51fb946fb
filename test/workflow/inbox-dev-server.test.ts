import { describe, expect, it } from 'vitest';
import { backfillWorkflowId } from '../../workflows/ids.ts';
import { wakeSignal } from '../../workflows/messages.ts';
import { fakeActivities, OWNER } from './fake-activities.ts';
import { eventually, withDevServer } from './workflow-world.ts';

/** Where the time-skipping server falls short: external cancels, continue-as-new once cancelled. */
describe('the inbox workflow, on the dev server', () => {
  it('opens first, then starts the due backfills beside live sync (P7)', async () => {
    const { activities, calls, count } = fakeActivities({
      openInbox: async () => ({ due: [1, 2], nextCheckMs: 3_600_000, coalesceMs: 0, owner: OWNER }),
    });
    await withDevServer(activities, async ({ client, connect, inboxId }) => {
      const handle = await connect(1);
      await eventually('both backfills finish', () => count('finishBackfill') === 2);
      expect(calls[0]?.name).toBe('openInbox');
      const { workflowId } = await client.workflow
        .getHandle(backfillWorkflowId(inboxId, 2))
        .describe();
      expect(workflowId).toBe(`inbox/${inboxId}/backfill/2`);
      await handle.cancel();
      expect(await handle.result()).toEqual({ outcome: 'disconnected' });
    });
  });

  it('does not lose a reconnect that races with the end of the last run (P9)', async () => {
    let release = (): void => {};
    const closing = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { activities, count } = fakeActivities({
      syncChanges: async () => {
        await closing;
        return { seen: 0, stored: 0, workFound: false };
      },
    });
    await withDevServer(activities, async ({ client, connect }) => {
      const handle = await connect(1);
      await handle.signal(wakeSignal, { reason: 'mail' });
      await eventually('syncing', () => count('syncChanges') === 1);
      await handle.cancel();
      await connect(3);
      release();
      await eventually('opened again', () => count('openInbox') === 2);
      const current = client.workflow.getHandle(handle.workflowId);
      await current.cancel();
      await current.result();
    });
  });
});
