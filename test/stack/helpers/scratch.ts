import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Scratch extends AsyncDisposable {
  path: string;
  /** An executable shell script in this directory. */
  script(name: string, body: string): Promise<string>;
}

/** A directory that all may enter and that is removed afterwards. */
export const createScratch = async (): Promise<Scratch> => {
  const path = await mkdtemp(join(tmpdir(), 'sambandh-test-'));
  await chmod(path, 0o755);
  return {
    path,
    script: async (name, body) => {
      const file = join(path, name);
      await writeFile(file, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
      return file;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  };
};
