import { describe, expect, it } from 'vitest';
import { backfillWorkflowId } from '../../workflows/ids.ts';
import { wakeSignal } from '../../workflows/messages.ts';
import { failWith, fakeActivities, OWNER } from './fake-activities.ts';
import { eventually, type World, withDevServer } from './workflow-world.ts';

/** What an operator's query in the Temporal UI finds, waited for: visibility is a little behind. */
const finds = async ({ client }: World, query: string, ids: string[]): Promise<void> =>
  eventually(`${query} finds ${ids.length}`, async () => {
    const found: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query })) found.push(workflowId);
    return found.sort().join() === ids.sort().join();
  });

describe('what the Temporal UI shows', () => {
  it('B11 finds an inbox by its owner and state, and its failed backfills', async () => {
    const { activities } = fakeActivities({
      openInbox: async () => ({ due: [1, 2], nextCheckMs: 3_600_000, coalesceMs: 0, owner: OWNER }),
      importSlices: async ({ n }: { n: number }) => {
        if (n === 2) await failWith('RequestRefused')();
        return { done: true, endedEarly: false, ...PROGRESS };
      },
      finishBackfill: async () => ({
        state: 'completed_with_failures',
        receipt: { seen: 4, stored: 3, skipped: {}, gone: 0, failed: 1, missing: 0 },
        notify: false,
      }),
    });
    await withDevServer(activities, async (world) => {
      const handle = await world.connect(1);
      const { inboxId } = world;
      const ofInbox = `InboxId = "${inboxId}"`;
      await finds(
        world,
        `${ofInbox} AND InboxState = "connected" AND UserId = "${OWNER.userId}" AND Provider = "gmail"`,
        [handle.workflowId],
      );
      await finds(world, `${ofInbox} AND FailedMessages > 0`, [backfillWorkflowId(inboxId, 1)]);
      await finds(world, `${ofInbox} AND BackfillState = "failed" AND OrgId = "${OWNER.orgId}"`, [
        backfillWorkflowId(inboxId, 2),
      ]);
      const given = world.client.workflow.getHandle(backfillWorkflowId(inboxId, 2));
      const { currentDetails } = await given.query<{ currentDetails: string }>(
        '__temporal_workflow_metadata',
      );
      expect(currentDetails).toContain('| phase | failed: RequestRefused |');
      await handle.cancel();
      await handle.result();
      await finds(world, `${ofInbox} AND InboxState = "disconnected"`, [handle.workflowId]);
    });
  });

  it('says phase, next wake, last sync and last failure, and takes "failing" back', async () => {
    let broken = true;
    const { activities, count } = fakeActivities({
      openInbox: async () => ({ due: [], nextCheckMs: 3_600_000, coalesceMs: 0, owner: OWNER }),
      syncChanges: async () => {
        if (broken) await failWith('RequestRefused')();
        return { seen: 2, stored: 1, workFound: false };
      },
    });
    await withDevServer(activities, async (world) => {
      const handle = await world.connect(1);
      await handle.signal(wakeSignal, { reason: 'mail' });
      await finds(world, `InboxId = "${world.inboxId}" AND InboxState = "failing"`, [
        handle.workflowId,
      ]);
      const details = () =>
        handle.query<{ currentDetails: string }>('__temporal_workflow_metadata');
      expect((await details()).currentDetails).toMatch(/last failure \| RequestRefused at 20/);
      broken = false;
      await handle.signal(wakeSignal, { reason: 'mail' });
      await eventually('synced', () => count('syncChanges') === 2);
      await finds(world, `InboxId = "${world.inboxId}" AND InboxState = "connected"`, [
        handle.workflowId,
      ]);
      const { currentDetails } = await details();
      expect(currentDetails).toMatch(/last sync \| 20.*2 seen, 1 stored/);
      expect(currentDetails).toMatch(/next wake \| 20/);
      await handle.cancel();
      await handle.result();
    });
  });
});

const PROGRESS = { slices: 1, slicesDone: 1, seen: 4, stored: 3, skipped: 0, gone: 0, failed: 1 };
