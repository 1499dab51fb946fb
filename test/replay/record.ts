import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { NativeConnection } from '@temporalio/worker';
import { resolveTemporal } from '../../stack/temporal.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.ts';
import { testDataConverter } from '../support/data-converter.ts';
import { buildWorkflowBundle } from '../support/workflow-bundle.ts';
import { tell, type World } from '../workflow/workflow-world.ts';
import { SCENARIOS } from './scenarios.ts';

/**
 * `npm run record-histories`: tells the scenarios that have no recording yet on a real server and
 * keeps what Temporal wrote. What is recorded stays: it stands for inboxes that still run. Give a new
 * path a scenario of its own.
 */
const HISTORIES = fileURLToPath(new URL('../histories/', import.meta.url));

async function main(): Promise<void> {
  await using temporal = await resolveTemporal({
    ui: false,
    searchAttributes: SEARCH_ATTRIBUTES,
  });
  const codePath = await buildWorkflowBundle();
  const native = await NativeConnection.connect({ address: temporal.address });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection, dataConverter: testDataConverter });
  for (const start of SCENARIOS) {
    const scenario = start();
    const directory = join(HISTORIES, scenario.name);
    if (existsSync(directory)) continue;
    await mkdir(directory, { recursive: true });
    await tell(
      { connection: native, client, codePath },
      scenario.fakes.activities,
      async (world) => {
        await scenario.tell(world);
        await record(world, directory);
      },
    );
  }
  await connection.close();
  await native.close();
}

/** Every run of every workflow of the story's inbox, or of its endpoint, which has the same id. */
async function record({ client, inboxId }: World, directory: string): Promise<void> {
  const query = `WorkflowId STARTS_WITH "inbox/${inboxId}" or WorkflowId = "endpoint/${inboxId}"`;
  let n = 0;
  for await (const { workflowId, runId, type } of client.workflow.list({ query })) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    n += 1;
    const file = join(directory, `${type}-${n}.json`);
    await writeFile(file, `${JSON.stringify(JSON.parse(historyToJSON(history)), null, 1)}\n`);
    process.stdout.write(`${file.slice(HISTORIES.length)}\n`);
  }
}

await main();
