import { StartError } from '../config/start-failure.ts';
import {
  missingSearchAttributes,
  type OperatorConnection,
  registerSearchAttributes,
} from '../temporal/search-attributes.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.ts';

/**
 * A workflow that sets an attribute which the namespace does not know would hang, so the worker does
 * not start without them.
 * @throws StartError naming the commands that register them
 */
export async function ensureSearchAttributes(
  connection: OperatorConnection,
  namespace: string,
): Promise<void> {
  try {
    await registerSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES);
    return;
  } catch (cause) {
    const missing = await missingSearchAttributes(connection, namespace, SEARCH_ATTRIBUTES).catch(
      () => Object.keys(SEARCH_ATTRIBUTES),
    );
    if (missing.length === 0) return;
    throw new StartError(adviceFor(namespace, missing), { cause });
  }
}

function adviceFor(namespace: string, missing: readonly string[]): string {
  const commands = missing.map((name) => {
    const type = SEARCH_ATTRIBUTES[name as keyof typeof SEARCH_ATTRIBUTES];
    return `  temporal operator search-attribute create --namespace ${namespace} --name ${name} --type ${type}`;
  });
  return (
    `The namespace ${namespace} lacks search attributes that workflows set, and this worker may ` +
    `not register them. Run these, or add them on the namespace's page in Temporal Cloud:\n` +
    commands.join('\n')
  );
}
