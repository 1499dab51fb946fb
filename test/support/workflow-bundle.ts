import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflows } from '../../worker/bundle.ts';

const DIRECTORY = fileURLToPath(new URL('../../.cache/test/', import.meta.url));

/**
 * Bundles the workflows once for all tests and benches: workers then start from the file.
 * @returns its path
 */
export const buildWorkflowBundle = async (): Promise<string> => {
  const { code } = await bundleWorkflows();
  const path = join(DIRECTORY, 'workflow-bundle.js');
  await mkdir(DIRECTORY, { recursive: true });
  // Another run may be reading the previous one.
  await writeFile(`${path}.${process.pid}`, code);
  await rename(`${path}.${process.pid}`, path);
  return path;
};
