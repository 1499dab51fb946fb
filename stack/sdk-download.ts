/**
 * Run as a process of its own: `node stack/sdk-download.ts server|test-server <directory>`. Has the
 * Temporal SDK download a server into the directory, which it does only by starting that server.
 * In our own process this would install the SDK's native runtime with options we did not choose.
 */
import { TestWorkflowEnvironment } from '@temporalio/testing';

const [tool, downloadDir] = process.argv.slice(2);
if (!downloadDir) throw new Error('usage: sdk-download.ts server|test-server <directory>');

const executable = { type: 'cached-download', downloadDir, ttl: '365d' } as const;
const environment = await (tool === 'test-server'
  ? TestWorkflowEnvironment.createTimeSkipping({ server: { executable } })
  : TestWorkflowEnvironment.createLocal({ server: { executable } }));
await environment.teardown();
