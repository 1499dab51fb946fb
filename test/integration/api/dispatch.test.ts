import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ANN, type Rig, seedInbox, startRig, until } from './support.ts';

describe('telling Temporal', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await startRig();
  });
  afterEach(() => rig?.[Symbol.asyncDispose]());

  const openCommands = async (): Promise<number> => {
    const [row] = await rig.db.sql<{ open: number }>(
      'select count(*)::int as open from workflow_commands',
    );
    return row?.open ?? -1;
  };

  it('does not fail a request while Temporal is away, and tells it later', async () => {
    const { inboxId } = await seedInbox(rig, ANN, 'a@gmail.example');
    rig.workflows.failure = new Error('away');
    const answer = await rig.call(ANN, 'POST', `/api/v1/inboxes/${inboxId}/disconnect`);
    expect(answer.status).toBe(200);
    await rig.dispatcher.sweep(0);
    // The order to open was overtaken by the disconnect: nothing is left to be told of it.
    expect(await openCommands()).toBe(1);
    rig.workflows.failure = null;
    await rig.dispatcher.sweep(0);
    expect(rig.workflows.told).toEqual([`close ${inboxId}`]);
    expect(await openCommands()).toBe(0);
    await rig.dispatcher.sweep(0);
    expect(rig.workflows.told).toHaveLength(1);
  });

  it('does not stop an inbox that was connected again before a late close', async () => {
    const { inboxId } = await seedInbox(rig, ANN, 'a@gmail.example');
    rig.workflows.failure = new Error('away');
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${inboxId}/disconnect`);
    const again = await seedInbox(rig, ANN, 'a@gmail.example');
    expect(again.inboxId).toBe(inboxId);
    rig.workflows.failure = null;
    await rig.dispatcher.sweep(0);
    await until(async () => (await openCommands()) === 0);
    // Told before it was connected again, or not at all.
    expect(rig.workflows.told.at(-1)).toBe(`open ${inboxId} 3`);
    await rig.dispatcher.sweep(0);
    expect(rig.workflows.told.at(-1)).toBe(`open ${inboxId} 3`);
  });

  it('opens a connected inbox whose workflow is missing when contacts change', async () => {
    const { inboxId, epoch } = await seedInbox(rig, ANN, 'a@gmail.example');
    await rig.dispatcher.sweep(0);
    rig.workflows.running = false;
    await rig.call(ANN, 'PUT', '/api/v1/contacts/c', { addresses: ['c@x.example'] });
    await until(() => rig.workflows.told.includes(`wake ${inboxId} work`));
    await until(
      () => rig.workflows.told.filter((told) => told === `open ${inboxId} ${epoch}`).length === 2,
    );
  });

  it('survives several sweepers at once', async () => {
    for (let i = 0; i < 12; i++) await seedInbox(rig, ANN, `a${i}@gmail.example`);
    await Promise.all([rig.dispatcher.sweep(0), rig.dispatcher.sweep(0), rig.dispatcher.sweep(0)]);
    expect(await openCommands()).toBe(0);
    expect(new Set(rig.workflows.told).size).toBe(12);
  });
});
