import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowStartOptions } from '@temporalio/client';
import { createDataConverter, parsePayloadKeys } from '../codec/data-converter.ts';
import { type Config, readConfig } from '../config/config.ts';
import { reportFailure, StartError } from '../config/start-failure.ts';
import { NamedKeys } from '../crypto/named-keys.ts';
import { masterKeysInUse } from '../db/key-rotation-store.ts';
import { openChecked } from '../db/open-checked.ts';
import { masterKeyAdvice } from '../domain/master-key-advice.ts';
import { temporalAccess } from '../temporal/access.ts';
import { rewrapKeysWorkflowId, rotateDataKeyWorkflowId } from '../workflows/ids.ts';
import { inboxAttributes } from '../workflows/search-attributes.ts';

/**
 * `npm run keys -- status | rewrap | rotate <inboxId>`: which master keys are in use, wrapping all
 * that they seal anew under the current one, and a new data key for one inbox. The work is a workflow's,
 * done by the workers; run again, it joins the one that runs.
 */
const ENV_FILE = fileURLToPath(new URL('../.env', import.meta.url));
const USAGE = 'npm run keys -- status | rewrap | rotate <inboxId>';

async function main([command, inboxId]: string[]): Promise<void> {
  if (existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE);
  const config = readConfig();
  if (command === 'status') return await showStatus(config);
  if (command === 'rewrap') {
    const masters = NamedKeys.parse('MASTER_KEYS', config.secrets.MASTER_KEYS.reveal());
    await run(config, 'rewrapKeysWorkflow', {
      workflowId: rewrapKeysWorkflowId,
      args: [{ masterKeyId: masters.current.id, after: null, rewrapped: 0, unreadable: 0 }],
      staticSummary: 'Wraps all data keys under the first master key',
    });
    return await showStatus(config);
  }
  if (command === 'rotate' && inboxId) {
    return await run(config, 'rotateDataKeyWorkflow', {
      workflowId: rotateDataKeyWorkflowId(inboxId),
      args: [{ inboxId }],
      staticSummary: 'A new data key for one inbox, and its mail sealed anew',
      typedSearchAttributes: inboxAttributes(inboxId, undefined),
    });
  }
  throw new StartError(`Use: ${USAGE}`);
}

async function showStatus({ settings, secrets }: Config): Promise<void> {
  const masters = NamedKeys.parse('MASTER_KEYS', secrets.MASTER_KEYS.reveal());
  await using database = await openChecked({
    setting: 'DATABASE_URL_WORKER',
    url: secrets.DATABASE_URL_WORKER,
    poolMax: settings.DATABASE_POOL_MAX,
  });
  const used = await database.asNobody(masterKeysInUse);
  const counts = new Map(used.map(({ id, keys }) => [id, keys]));
  for (const { id, words } of masterKeyAdvice({ configured: masters.ids, used: counts })) {
    console.log(`${id || '(not named)'}: seals ${counts.get(id) ?? 0}, ${words}`);
  }
}

async function run(
  config: Config,
  type: string,
  options: Omit<WorkflowStartOptions, 'taskQueue'>,
): Promise<void> {
  const { settings, secrets } = config;
  const connection = await Connection.connect(temporalAccess(config));
  try {
    const client = new Client({
      connection,
      namespace: settings.TEMPORAL_NAMESPACE,
      dataConverter: createDataConverter(parsePayloadKeys(secrets.PAYLOAD_KEYS.reveal())),
    });
    console.log(`Workflow ${options.workflowId} …`);
    const result = await client.workflow.execute(type, {
      ...options,
      taskQueue: settings.TEMPORAL_TASK_QUEUE,
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    console.log(`Done${result ? `: ${JSON.stringify(result)}` : ''}.`);
  } finally {
    await connection.close();
  }
}

await main(process.argv.slice(2)).catch((error: unknown) => reportFailure('keys', error));
