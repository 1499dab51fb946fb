import { Client, Connection } from '@temporalio/client';
import { afterEach, expect, test, vi } from 'vitest';
import { portAnswers } from '../../stack/ports.ts';
import { resolveTemporal, startTemporal } from '../../stack/temporal.ts';
import { resolveTemporalBinary } from '../../stack/temporal-binary.ts';
import { createTimeSkippingEnv } from '../../stack/temporal-test-env.ts';
import { spawnParent } from './helpers/parent.ts';

afterEach(() => vi.unstubAllEnvs());

const portOf = (address: string): number => Number(address.split(':')[1]);

test('serves clients, the UI and search attributes, and comes back after a crash', async () => {
  await using temporal = await startTemporal({
    ui: true,
    searchAttributes: { InboxId: 'Keyword' },
  });
  expect((await fetch(temporal.uiUrl ?? '')).status).toBe(200);

  const start = async () => {
    const connection = await Connection.connect({ address: temporal.address });
    const client = new Client({ connection });
    await client.workflow.start('anyWorkflow', {
      taskQueue: 'nobody-listens',
      workflowId: 'one',
      searchAttributes: { InboxId: ['i-1'] },
    });
    await connection.close();
  };
  await start();
  await temporal.kill();
  expect(await portAnswers(portOf(temporal.address))).toBe(false);
  await temporal.restart();
  await start();
});

test('ends when its parent is killed with SIGKILL', async () => {
  const parent = await spawnParent(`
    const { startTemporal } = await import(stack + 'temporal.ts');
    console.log((await startTemporal({ ui: false })).address);
  `);
  await parent.kill();
  const gone = async () => expect(await portAnswers(portOf(parent.line))).toBe(false);
  await vi.waitFor(gone, { timeout: 15_000 });
});

test('uses the cluster of TEMPORAL_ADDRESS, adds search attributes and leaves it running', async () => {
  await using temporal = await startTemporal({ ui: false });
  vi.stubEnv('TEMPORAL_ADDRESS', temporal.address);
  const resolved = await resolveTemporal({ ui: false, searchAttributes: { Added: 'Keyword' } });
  expect(resolved).toMatchObject({ address: temporal.address, ours: false });
  await resolved.stop();
  const connection = await Connection.connect({ address: temporal.address });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({
    namespace: 'default',
  });
  expect(customAttributes).toHaveProperty('Added');
  await connection.close();
});

test('says what to do when nothing answers at TEMPORAL_ADDRESS', async () => {
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
  await expect(resolveTemporal({ ui: false })).rejects.toThrow(
    /TEMPORAL_ADDRESS is 127\.0\.0\.1:1, but .*unset TEMPORAL_ADDRESS/,
  );
});

test('skips time on the test server', async () => {
  const { path } = await resolveTemporalBinary('test-server');
  await using environment = await createTimeSkippingEnv(path);
  const before = await environment.currentTimeMs();
  await environment.sleep('2 days');
  expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(2 * 86_400_000);
});
