import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const STACK = fileURLToPath(new URL('../../../stack/', import.meta.url));

export interface Parent {
  /** What the script printed first. */
  line: string;
  pid: number;
  /** Resolves when the process is gone. */
  kill(): Promise<void>;
}

/**
 * Another Node process that runs `code`, with `stack` the path of that folder, prints a line and
 * waits to be killed.
 */
export const spawnParent = async (code: string): Promise<Parent> => {
  const source = `const stack = ${JSON.stringify(STACK)};\n${code}\nsetInterval(() => {}, 60_000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return {
    line,
    pid: child.pid ?? 0,
    kill: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
};

/** Whether the process runs; one that only waits to be reaped does not. */
export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
