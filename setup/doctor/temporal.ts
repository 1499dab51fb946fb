import { Connection } from '@temporalio/client';
import type { Config } from '../../config/config.ts';
import { temporalAccess } from '../../temporal/access.ts';
import { missingSearchAttributes } from '../../temporal/search-attributes.ts';
import { backfillTaskQueue } from '../../workflows/ids.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/search-attributes.ts';
import { bad, type Finding, hint, ok, reasonOf } from './finding.ts';

/** It answers, knows our namespace and search attributes, and workers poll. */
export async function checkTemporal(config: Config): Promise<Finding[]> {
  const access = temporalAccess(config);
  let connection: Connection;
  try {
    connection = await Connection.connect({ ...access, connectTimeout: '5 seconds' });
  } catch (error) {
    const how = access.tls ? 'with TLS' : 'without TLS';
    return [
      bad(
        `Temporal does not answer at ${access.address}, ${how} (${reasonOf(error)}). ` +
          'Correct TEMPORAL_ADDRESS and the settings beside it, or start it.',
      ),
    ];
  }
  try {
    const { TEMPORAL_NAMESPACE: namespace } = config.settings;
    const known = await namespaceIsKnown(connection, namespace);
    if (known.level === 'bad') return [known];
    return [
      known,
      await checkAttributes(connection, namespace),
      ...(await checkWorkers(connection, config)),
      ...(await checkDeployment(connection, config)),
    ];
  } finally {
    await connection.close();
  }
}

async function namespaceIsKnown(connection: Connection, namespace: string): Promise<Finding> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
    return ok(`Temporal answers and knows the namespace ${namespace}`);
  } catch (error) {
    return bad(
      `Temporal does not let us see the namespace ${namespace} (${reasonOf(error)}). Create it: ` +
        `temporal operator namespace create --namespace ${namespace} --retention 168h`,
    );
  }
}

async function checkAttributes(connection: Connection, namespace: string): Promise<Finding> {
  try {
    const missing = await missingSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES);
    if (missing.length === 0) return ok('the search attributes are registered');
    return hint(`search attributes are missing: ${missing.join(', ')}. The worker adds them.`);
  } catch (error) {
    return hint(`the search attributes cannot be listed (${reasonOf(error)})`);
  }
}

const ACTIVITIES = 2;

async function checkWorkers(connection: Connection, { settings }: Config): Promise<Finding[]> {
  const { TEMPORAL_NAMESPACE: namespace, TEMPORAL_TASK_QUEUE: taskQueue } = settings;
  const queues = [taskQueue, backfillTaskQueue(taskQueue)];
  return await Promise.all(
    queues.map(async (name) => {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue: { name },
        taskQueueType: ACTIVITIES,
      });
      if (pollers && pollers.length > 0) return ok(`a worker polls the task queue ${name}`);
      return hint(`no worker has polled the task queue ${name} lately: start one`);
    }),
  );
}

async function checkDeployment(connection: Connection, { settings }: Config): Promise<Finding[]> {
  const { TEMPORAL_NAMESPACE: namespace, TEMPORAL_DEPLOYMENT: deploymentName } = settings;
  if (!deploymentName) return [];
  const current = await connection.workflowService
    .describeWorkerDeployment({ namespace, deploymentName })
    .then(
      ({ workerDeploymentInfo: info }) => info?.routingConfig?.currentDeploymentVersion?.buildId,
    )
    .catch(() => null);
  if (current) return [ok(`build ${current} of ${deploymentName} is current`)];
  return [
    bad(
      `no build of ${deploymentName} is current, so that no worker gets anything to do. When a ` +
        'worker of it runs: temporal worker deployment set-current-version --deployment-name ' +
        `${deploymentName} --build-id ${settings.TEMPORAL_BUILD_ID}`,
    ),
  ];
}
