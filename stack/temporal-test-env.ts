import { type ClientOptionsForTestEnv, TestWorkflowEnvironment } from '@temporalio/testing';

/**
 * A time-skipping environment on the test server at `path`: `inject('temporalTestServerPath')` in
 * tests. Use `await using`; one per file, as time is global to it.
 */
export const createTimeSkippingEnv = async (
  path: string,
  client: ClientOptionsForTestEnv = {},
): Promise<TestWorkflowEnvironment & AsyncDisposable> => {
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    client,
    server: { executable: { type: 'existing-path', path } },
  });
  return Object.assign(environment, {
    [Symbol.asyncDispose]: () => environment.teardown(),
  });
};
