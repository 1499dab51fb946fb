import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { TestProject } from 'vitest/node';
import { createSteps } from '../../setup/steps.ts';
import { resolvePostgres } from '../../stack/postgres.ts';
import { resolveTemporal } from '../../stack/temporal.ts';
import { resolveTemporalBinary } from '../../stack/temporal-binary.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.ts';
import { buildWorkflowBundle } from './workflow-bundle.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The superuser's; make a database of your own per test file. */
    postgresUrl: string;
    /** A dev server, namespace `default`, shared by all test files: use ids and queues of your own. */
    temporalAddress: string;
    /** For `createTimeSkippingEnv` of stack/temporal-test-env.ts. */
    temporalTestServerPath: string;
    /** For `workflowBundle: { codePath }`. */
    workflowBundlePath: string;
  }
}

/** Tests in these folders bring all they need, so a run of them alone starts no servers. */
const SELF_SUFFICIENT = ['test/unit/', 'test/emulator/', 'test/stack/'];

/**
 * Starts what tests need, once per run, and takes it down after the last of them.
 * DATABASE_URL and TEMPORAL_ADDRESS are not obeyed, as they may name what matters, and tests make
 * databases and roles. TEST_DATABASE_URL and TEST_TEMPORAL_ADDRESS are, for machines that must.
 */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  // Not left to the files' own processes: Vitest ends them without their exit hooks.
  const runDirectory = await mkdtemp(join(tmpdir(), 'sambandh-test-run-'));
  process.env.TEST_RUN_DIR = runDirectory;
  const stop = await startServers(project);
  return async () => {
    await stop();
    await rm(runDirectory, { recursive: true, force: true });
  };
};

const startServers = async (project: TestProject): Promise<() => Promise<void>> => {
  if (needsNoServers(project)) return async () => {};
  const steps = createSteps();
  await using starting = new AsyncDisposableStack();
  const outcomes = await Promise.allSettled([
    steps.run('Postgres', async () => {
      const { url } = starting.use(await resolvePostgres({ durable: false }, 'TEST_DATABASE_URL'));
      project.provide('postgresUrl', url);
    }),
    steps.run('Temporal', async ({ note }) => {
      const options = { ui: false, searchAttributes: SEARCH_ATTRIBUTES, say: note };
      const { address } = starting.use(await resolveTemporal(options, 'TEST_TEMPORAL_ADDRESS'));
      project.provide('temporalAddress', address);
    }),
    steps.run('Temporal test server', async ({ note }) => {
      const { path } = await resolveTemporalBinary('test-server', { say: note });
      project.provide('temporalTestServerPath', path);
    }),
    steps.run('Workflow bundle', async () => {
      project.provide('workflowBundlePath', await buildWorkflowBundle());
    }),
  ]);
  // All are awaited first, so that what did start is stopped again.
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  const running = starting.move();
  return () => running.disposeAsync();
};

const needsNoServers = ({ vitest, config }: TestProject): boolean => {
  const files = vitest.state.getPaths().map((file) => relative(config.root, file));
  return files.every((file) => SELF_SUFFICIENT.some((folder) => file.startsWith(folder)));
};
