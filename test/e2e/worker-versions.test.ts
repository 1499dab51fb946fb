import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, startChild } from '../../stack/child.ts';
import { inboxWorkflowId } from '../../workflows/ids.ts';
import { startTestProduct, type TestProduct, until } from '../support/product.ts';

const DEPLOYMENT = `sambandh-${process.pid}-${Date.now()}`;
const env = (build: string) => ({ TEMPORAL_DEPLOYMENT: DEPLOYMENT, TEMPORAL_BUILD_ID: build });

let test: TestProduct;
let second: Child;
beforeAll(async () => {
  test = await startTestProduct({ env: env('one') });
});
afterAll(async () => {
  await second?.kill();
  await test?.[Symbol.asyncDispose]();
});

/** What `temporal worker deployment set-current-version` does, once the build has polled. */
const makeCurrent = (buildId: string): Promise<boolean> =>
  until(
    `build ${buildId} being current`,
    async () => {
      await test.temporal.workflowService.setWorkerDeploymentCurrentVersion({
        namespace: 'default',
        deploymentName: DEPLOYMENT,
        buildId,
      });
      return true;
    },
    { patient: true },
  );

/** The build that took the last step of a workflow. */
const buildOf = async (workflowId: string): Promise<string | null | undefined> => {
  const { raw } = await test.temporal.workflow.getHandle(workflowId).describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId;
};

describe('worker deployment versioning', () => {
  it('moves inboxes that run to the next build, which gets nothing before it is current', async () => {
    await makeCurrent('one');
    const ann = await test.person('ann');
    await ann.putContacts({ bob: ['bob@contact.example'] });
    const inboxId = await ann.connectAndBackfill();
    expect(await buildOf(inboxWorkflowId(inboxId))).toBe('one');

    second = await startChild({
      name: 'second worker',
      command: process.execPath,
      args: ['worker/main.ts'],
      cwd: process.cwd(),
      env: { ...process.env, ...test.product.env, ...env('two') },
    });
    await until('the second build known', async () => {
      const { workerDeploymentInfo } = await test.temporal.workflowService.describeWorkerDeployment(
        {
          namespace: 'default',
          deploymentName: DEPLOYMENT,
        },
      );
      const builds = workerDeploymentInfo?.versionSummaries?.map((one) => one.deploymentVersion);
      return builds?.some((one) => one?.buildId === 'two');
    });
    await ann.add({ from: 'bob@contact.example', subject: 'by the first' });
    await ann.untilOnTimeline('bob', 'by the first');
    expect(await buildOf(inboxWorkflowId(inboxId))).toBe('one');

    await makeCurrent('two');
    // The inbox looks every second: each look is a step.
    const current = async (): Promise<boolean> =>
      (await buildOf(inboxWorkflowId(inboxId))) === 'two';
    await until('the second build taking a step', current);
    await test.worker.kill();
    await ann.add({ from: 'bob@contact.example', subject: 'by the second' });
    await ann.untilOnTimeline('bob', 'by the second');
  }, 120_000);
});
