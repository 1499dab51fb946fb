import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createWorkflowControl, type WorkflowControl } from '../../../api/temporal.ts';
import { deleteHistoryWorkflowId, inboxWorkflowId } from '../../../workflows/ids.ts';

describe('workflow control on a real Temporal', () => {
  let connection: Connection;
  let client: Client;
  let control: WorkflowControl;
  beforeAll(async () => {
    connection = await Connection.connect({ address: inject('temporalAddress') });
    client = new Client({ connection });
    // Nobody polls this queue: what is started just waits.
    control = createWorkflowControl(client, `api-test-${randomUUID()}`);
  });
  afterAll(() => connection?.close());

  it('opens once however often it is told, wakes what runs, and cancels', async () => {
    const inboxId = randomUUID();
    expect(await control.wake(inboxId, 'mail')).toBe(false);
    await control.close(inboxId);
    await control.open({ inboxId, epoch: 1 });
    const handle = client.workflow.getHandle(inboxWorkflowId(inboxId));
    const first = await handle.describe();
    expect([first.type, first.status.name]).toEqual(['inboxWorkflow', 'RUNNING']);
    await control.open({ inboxId, epoch: 2 });
    expect((await handle.describe()).runId).toBe(first.runId);
    expect(await control.wake(inboxId, 'work')).toBe(true);
    await control.close(inboxId);
    const { events } = await handle.fetchHistory();
    const names = (events ?? [])
      .map((event) => event.workflowExecutionSignaledEventAttributes?.signalName)
      .filter(Boolean);
    expect(names).toEqual(['connected', 'connected', 'wake']);
    expect(
      (events ?? []).some((event) => event.workflowExecutionCancelRequestedEventAttributes),
    ).toBe(true);
    await handle.terminate('test');
    expect(await control.wake(inboxId, 'mail')).toBe(false);
    await control.open({ inboxId, epoch: 3 });
    expect((await handle.describe()).runId).not.toBe(first.runId);
    await handle.terminate('test');
  });

  it('starts one deletion', async () => {
    const input = { inboxId: randomUUID(), epoch: 4, deletionId: randomUUID() };
    await control.deleteHistory(input);
    await control.deleteHistory(input);
    const handle = client.workflow.getHandle(deleteHistoryWorkflowId(input.inboxId, input.epoch));
    expect((await handle.describe()).type).toBe('deleteHistoryWorkflow');
    await handle.terminate('test');
  });

  it('says whether Temporal is there', async () => {
    await control.check();
    const away = Connection.lazy({ address: '127.0.0.1:1' });
    const unreachable = createWorkflowControl(new Client({ connection: away }), 'q');
    await expect(unreachable.check()).rejects.toThrow();
    await away.close();
  });
});
