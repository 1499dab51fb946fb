import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, type WorkerOptions } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../codec/data-converter.ts';
import { StartError } from '../config/start-failure.ts';

const pathOf = (file: string): string =>
  fileURLToPath(new URL(`../workflows/${file}`, import.meta.url));

const INTERCEPTORS = ['log-attributes.ts', 'tracing.ts'].map((file) => pathOf(file));

/** Workflow code as one script, as Temporal's sandbox wants it. Takes 1.6 s of processor time. */
export async function bundleWorkflows(): Promise<{ code: string }> {
  return await bundleWorkflowCode({
    workflowsPath: pathOf('index.ts'),
    workflowInterceptorModules: INTERCEPTORS,
    // Evaluated once and not anew for each workflow that is loaded. They may keep no state of their
    // own, which all inboxes would share: test/unit/workflows/no-state.test.ts.
    preloadModules: [pathOf('index.ts'), ...INTERCEPTORS],
    failureConverterPath: FAILURE_CONVERTER_PATH,
    logger: new DefaultLogger('WARN'),
  });
}

/**
 * The bundle that this version's image was built with, or one made now.
 * @throws StartError there is none at that path
 */
export async function openBundle(
  file: string | undefined,
): Promise<NonNullable<WorkerOptions['workflowBundle']>> {
  if (file === undefined) return await bundleWorkflows();
  try {
    await access(file);
  } catch (cause) {
    throw new StartError(
      `WORKFLOW_BUNDLE is ${file}, which cannot be read. Make it with "node worker/write-bundle.ts ` +
        `${file}" from this version's code, or unset WORKFLOW_BUNDLE.`,
      { cause },
    );
  }
  return { codePath: file };
}
