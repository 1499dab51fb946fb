import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import {
  backfillWorkflowId,
  deleteHistoryWorkflowId,
  endpointWorkflowId,
  inboxWorkflowId,
  rotateDataKeyWorkflowId,
  sendWorkflowId,
  syncWorkflowId,
} from '../../workflows/ids.ts';
import { type InboxRunState, wakeSignal } from '../../workflows/messages.ts';
import { failWith, fakeActivities, OWNER } from '../workflow/fake-activities.ts';
import { eventually, type World } from '../workflow/workflow-world.ts';

/** A story whose histories are recorded; together they go down every path of every workflow. */
export interface Scenario {
  name: string;
  fakes: ReturnType<typeof fakeActivities>;
  tell(world: World): Promise<void>;
}

const disconnect = async (client: Client, inboxId: string): Promise<void> => {
  const handle = client.workflow.getHandle(inboxWorkflowId(inboxId));
  await handle.cancel();
  await handle.result();
};

const connectBackfillDisconnect = (): Scenario => {
  let turns = 0;
  const fakes = fakeActivities({
    openInbox: async () => ({ due: [1], nextCheckMs: 60_000, coalesceMs: 0, owner: OWNER }),
    importSlices: async () => {
      turns += 1;
      return { done: turns === 2, endedEarly: turns === 1, ...PROGRESS };
    },
  });
  return {
    name: 'connect-backfill-disconnect',
    fakes,
    tell: async ({ client, connect, inboxId }) => {
      await connect(1);
      await eventually('backfilled and mailed', () => fakes.count('notifyBackfill') === 1);
      await disconnect(client, inboxId);
    },
  };
};

const wakeAndCoalesce = (): Scenario => {
  const fakes = fakeActivities({
    openInbox: async () => ({ due: [], nextCheckMs: 60_000, coalesceMs: 200, owner: OWNER }),
    syncChanges: async () => ({ seen: 2, stored: 1, workFound: true }),
  });
  return {
    name: 'wake-and-coalesce',
    fakes,
    tell: async ({ client, connect, inboxId }) => {
      const handle = await connect(1);
      for (let i = 0; i < 3; i += 1) await handle.signal(wakeSignal, { reason: 'mail' });
      await eventually('synced, then looked for work', () => fakes.count('checkInbox') > 0);
      await disconnect(client, inboxId);
    },
  };
};

/** Of two syncs the first finds a few changes and more behind them, the second too many for one activity. */
const fewThenMany = (): Scenario => {
  let syncs = 0;
  const fakes = fakeActivities({
    openInbox: async () => ({ due: [], nextCheckMs: 60_000, coalesceMs: 200, owner: OWNER }),
    syncChanges: async () => {
      syncs += 1;
      if (syncs === 1) return { ...SYNCED, goesOn: true };
      return syncs === 2 ? { seen: 0, stored: 0, workFound: false, tooMany: true } : SYNCED;
    },
  });
  return {
    name: 'few-then-many',
    fakes,
    tell: async ({ client, connect, inboxId }) => {
      const handle = await connect(1);
      await handle.signal(wakeSignal, { reason: 'mail' });
      await eventually('caught up', () => fakes.count('syncChanges') === 3);
      await client.workflow.getHandle(syncWorkflowId(inboxId)).result();
      await disconnect(client, inboxId);
    },
  };
};

const revokedThenReconnected = (): Scenario => {
  let revoked = true;
  const fakes = fakeActivities({
    openInbox: async () => ({ due: [1], nextCheckMs: 60_000, coalesceMs: 0, owner: OWNER }),
    importSlices: async () => {
      if (revoked) await failWith('TokenRevoked')();
      return { done: true, endedEarly: false, ...PROGRESS };
    },
    checkInbox: async () => {
      if (revoked) await failWith('StaleEpoch')();
      return { changed: false, due: [], nextCheckMs: 60_000 };
    },
    readStatus: async () => (revoked ? 'needs_reconnect' : 'connected'),
  });
  return {
    name: 'revoked-then-reconnected',
    fakes,
    tell: async ({ client, connect, inboxId }) => {
      await connect(1);
      await eventually('told', () => fakes.count('notifyReconnect') === 1);
      revoked = false;
      await connect(2);
      await eventually('taken up again', () => fakes.count('finishBackfill') === 1);
      await disconnect(client, inboxId);
    },
  };
};

const failsAndGoesOn = (): Scenario => {
  const fakes = fakeActivities({ syncChanges: failWith('RequestRefused') });
  return {
    name: 'fails-and-goes-on',
    fakes,
    tell: async ({ client, connect, inboxId }) => {
      const handle = await connect(1);
      await handle.signal(wakeSignal, { reason: 'mail' });
      await eventually('recovered', () => fakes.count('readStatus') === 1);
      await disconnect(client, inboxId);
    },
  };
};

const disconnectedMeanwhile = (): Scenario => {
  const fakes = fakeActivities({
    openInbox: async () => ({ due: [1], nextCheckMs: 60_000, coalesceMs: 0, owner: OWNER }),
    importSlices: failWith('StaleEpoch'),
    checkInbox: failWith('StaleEpoch'),
    readStatus: async () => 'stale',
  });
  return {
    name: 'disconnected-meanwhile',
    fakes,
    tell: async ({ connect }) => {
      const handle = await connect(1);
      await eventually('the backfill stopped', () => fakes.count('importSlices') === 1);
      await handle.signal(wakeSignal, { reason: 'work' });
      await handle.result();
    },
  };
};

const disconnectedInBackfill = (): Scenario => {
  const fakes = fakeActivities({
    openInbox: async () => ({ due: [1], nextCheckMs: 60_000, coalesceMs: 0, owner: OWNER }),
    importSlices: async () => {
      const { cancelled, heartbeat } = Context.current();
      const timer = setInterval(heartbeat, 200);
      return await cancelled.finally(() => clearInterval(timer));
    },
  });
  return {
    name: 'disconnected-in-backfill',
    fakes,
    tell: async ({ client, connect, inboxId }) => {
      await connect(1);
      await eventually('importing', () => fakes.count('importSlices') === 1);
      await disconnect(client, inboxId);
      await client.workflow.getHandle(backfillWorkflowId(inboxId, 1)).result();
    },
  };
};

const backfillGivenUp = (): Scenario => {
  const fakes = fakeActivities({
    openInbox: async () => ({ due: [1], nextCheckMs: 60_000, coalesceMs: 0, owner: OWNER }),
    importSlices: failWith('RequestRefused'),
  });
  return {
    name: 'backfill-given-up',
    fakes,
    tell: async ({ client, connect, inboxId }) => {
      await connect(1);
      await eventually('given up', () => fakes.count('failBackfill') === 1);
      const backfill = client.workflow.getHandle(backfillWorkflowId(inboxId, 1));
      await eventually('failed', async () => (await backfill.describe()).status.name === 'FAILED');
      await disconnect(client, inboxId);
    },
  };
};

const mailCannotBeSent = (): Scenario => {
  const fakes = fakeActivities({
    openInbox: async () => ({ due: [1], nextCheckMs: 60_000, coalesceMs: 0, owner: OWNER }),
    notifyBackfill: failWith('MailRefused'),
  });
  return {
    name: 'mail-cannot-be-sent',
    fakes,
    tell: async ({ client, connect, inboxId }) => {
      await connect(1);
      await eventually('tried to mail', () => fakes.count('notifyBackfill') === 1);
      await client.workflow.getHandle(backfillWorkflowId(inboxId, 1)).result();
      await disconnect(client, inboxId);
    },
  };
};

/** As the runs after the first: with the state that a continue-as-new hands on. */
const continuedAsNew = (): Scenario => {
  const fakes = fakeActivities();
  return {
    name: 'continued-as-new',
    fakes,
    tell: async ({ client, inboxId, taskQueue }) => {
      const state: InboxRunState = {
        ...{ phase: 'live', mailDirty: true, workDirty: false, nextCheckAt: Date.now() + 60_000 },
        ...{ coalesceMs: 200, backfills: [], owner: OWNER, shown: 'connected' },
      };
      await client.workflow.start('inboxWorkflow', {
        workflowId: inboxWorkflowId(inboxId),
        taskQueue,
        args: [{ inboxId, epoch: 1, state }],
      });
      await eventually('synced', () => fakes.count('syncChanges') === 1);
      await client.workflow.execute('backfillWorkflow', {
        workflowId: backfillWorkflowId(inboxId, 1),
        taskQueue,
        args: [{ inboxId, epoch: 1, n: 1, turns: 60 }],
      });
      await disconnect(client, inboxId);
    },
  };
};

/** Hours of a flapping provider: so many turns that the run hands on to another one. */
const backfillContinuedAsNew = (): Scenario => {
  const TURNS = 80;
  const fakes = fakeActivities({
    importSlices: async () => ({
      done: fakes.count('importSlices') === TURNS,
      endedEarly: false,
      ...PROGRESS,
    }),
  });
  return {
    name: 'backfill-continued-as-new',
    fakes,
    tell: async ({ client, inboxId, taskQueue }) => {
      await client.workflow.execute('backfillWorkflow', {
        workflowId: backfillWorkflowId(inboxId, 1),
        taskQueue,
        args: [{ inboxId, epoch: 1, n: 1 }],
      });
    },
  };
};

const deleteHistory = (): Scenario => {
  let turns = 0;
  const fakes = fakeActivities({
    deleteHistoryTurn: async () => {
      turns += 1;
      return { done: turns === 2 };
    },
  });
  return {
    name: 'delete-history',
    fakes,
    tell: async ({ client, connect, inboxId, taskQueue }) => {
      await connect(1);
      await client.workflow.execute('deleteHistoryWorkflow', {
        workflowId: deleteHistoryWorkflowId(inboxId, 2),
        taskQueue,
        args: [{ inboxId, epoch: 2, deletionId: inboxId }],
      });
      await client.workflow.getHandle(inboxWorkflowId(inboxId)).result();
    },
  };
};

const deliver = async ({ client, inboxId: endpointId, taskQueue }: World): Promise<void> => {
  await client.workflow.execute('deliverEventsWorkflow', {
    workflowId: endpointWorkflowId(endpointId),
    taskQueue,
    args: [{ endpointId }],
  });
};

const deliverEvents = (): Scenario => {
  let turns = 0;
  const fakes = fakeActivities({
    deliverEvents: async () => {
      turns += 1;
      return { done: turns === 2, delivered: 3, notify: turns === 2 };
    },
  });
  return {
    name: 'deliver-events',
    fakes,
    tell: deliver,
  };
};

/** The mail is tried while the endpoint is looked at again. */
const endpointDisabled = (): Scenario => {
  const fakes = fakeActivities({
    deliverEvents: async () => ({ done: true, delivered: 0, notify: true }),
    notifyEndpointDisabled: failWith('SealBroken'),
  });
  return {
    name: 'endpoint-disabled',
    fakes,
    tell: deliver,
  };
};

const rotateKeys = (): Scenario => {
  let turns = 0;
  const fakes = fakeActivities({
    rewrapKeys: async () => {
      turns += 1;
      return { after: turns < 3 ? randomUUID() : null, rewrapped: 1, unreadable: 0 };
    },
    resealTurn: async () => ({ done: fakes.count('resealTurn') > 1 }),
  });
  return {
    name: 'rotate-keys',
    fakes,
    tell: async ({ client, inboxId, taskQueue }) => {
      await client.workflow.execute('rotateDataKeyWorkflow', {
        workflowId: rotateDataKeyWorkflowId(inboxId),
        taskQueue,
        args: [{ inboxId }],
      });
      await client.workflow.execute('rewrapKeysWorkflow', {
        // The product has one for all inboxes; a story has its own.
        workflowId: `inbox/${inboxId}/rewrap`,
        taskQueue,
        args: [{ masterKeyId: 'new', after: null, rewrapped: 0, unreadable: 0 }],
      });
    },
  };
};

/** By the clock: their ids are the schedules', here the story's, so that they are found with it. */
const byTheClock = (): Scenario => {
  let batches = 0;
  const fakes = fakeActivities({
    requestCompletenessChecks: async () => {
      batches += 1;
      return { more: batches === 1 };
    },
  });
  return {
    name: 'by-the-clock',
    fakes,
    tell: async ({ client, inboxId, taskQueue }) => {
      for (const type of ['reconcileWorkflow', 'completenessWorkflow']) {
        const workflowId = `${inboxWorkflowId(inboxId)}/${type}`;
        await client.workflow.execute(type, { workflowId, taskQueue, args: [] });
      }
    },
  };
};

/** @param turns after how many its fate is known */
const sendMessage = (name: string, turns: number) => (): Scenario => {
  const fakes = fakeActivities({
    sendMessage: async () =>
      fakes.count('sendMessage') < turns
        ? { state: 'sending', retryInMs: 100 }
        : { state: 'sent', retryInMs: null },
  });
  return {
    name,
    fakes,
    tell: async ({ client, inboxId, taskQueue }) => {
      await client.workflow.execute('sendMessageWorkflow', {
        workflowId: sendWorkflowId(inboxId, 'key'),
        taskQueue,
        args: [{ inboxId, outgoingId: inboxId }],
      });
    },
  };
};

const sendMeetsDeadGrant = (): Scenario => ({
  ...sendMessage('send-meets-dead-grant', 1)(),
  fakes: fakeActivities({
    sendMessage: async () => ({ state: 'failed', retryInMs: null, wakesInbox: true }),
  }),
});

const SYNCED = { seen: 1, stored: 1, workFound: false };
const PROGRESS = { slices: 2, slicesDone: 1, seen: 2, stored: 1, skipped: 1, gone: 0, failed: 0 };

export const SCENARIOS: readonly (() => Scenario)[] = [
  connectBackfillDisconnect,
  wakeAndCoalesce,
  fewThenMany,
  revokedThenReconnected,
  failsAndGoesOn,
  disconnectedMeanwhile,
  disconnectedInBackfill,
  backfillGivenUp,
  mailCannotBeSent,
  continuedAsNew,
  backfillContinuedAsNew,
  deleteHistory,
  deliverEvents,
  endpointDisabled,
  rotateKeys,
  byTheClock,
  sendMessage('send-message', 2),
  // Recorded before it continued as new, longer than a run is now: such may still run.
  sendMessage('send-through-outage', 40),
  sendMeetsDeadGrant,
];
