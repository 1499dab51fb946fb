import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { armWatchdog } from './watchdog.ts';

export interface ChildSpec {
  /** Used in messages, e.g. `Postgres`. */
  name: string;
  command: string;
  args: readonly string[];
  cwd?: string;
  /** The whole environment of the child; the parent's own when left out. */
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  /** Asks the child to end. Default SIGTERM. */
  stopSignal?: NodeJS.Signals;
  /** After this long `stop()` uses SIGKILL. Default 10 s. */
  stopTimeoutMs?: number;
  /** A directory to remove should this process die without stopping the child. */
  removeIfOrphaned?: string;
  onLine?: (line: string) => void;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
  /** Settles when the child has ended, however it ended; never rejects. */
  readonly exited: Promise<ChildExit>;
  /** The child's first and last lines of output, for failure messages. */
  tail(): string;
  /** Asks it to end, then forces it; safe to call twice. */
  stop(): Promise<ChildExit>;
  /** SIGKILL at once, to the child and what it started. */
  kill(): Promise<ChildExit>;
}

/** A child that could not be started, ended too soon or never became ready. */
export class ChildFailedError extends Error {
  override readonly name = 'ChildFailedError';
}

/** A Go panic says why in its first lines, most other programs in their last. */
const KEPT_FIRST = 20;
const KEPT_LAST = 60;
const DEFAULT_STOP_TIMEOUT_MS = 10_000;

/**
 * Starts a supervised child in a process group of its own, so that Ctrl-C reaches us alone and we
 * stop our children in order. Should we die without stopping it (SIGKILL, a crash), a watchdog does.
 * @throws ChildFailedError the command cannot be run
 */
export const startChild = async (spec: ChildSpec): Promise<Child> => {
  const proc = spawn(spec.command, spec.args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(spec.cwd !== undefined && { cwd: spec.cwd }),
    ...(spec.env !== undefined && { env: spec.env }),
    ...(spec.uid !== undefined && { uid: spec.uid }),
    ...(spec.gid !== undefined && { gid: spec.gid }),
  });
  const { pid } = proc;
  const stopSignal = spec.stopSignal ?? 'SIGTERM';
  const watchdog =
    pid === undefined
      ? undefined
      : armWatchdog({ pid, stopSignal, ...pickRemoval(spec.removeIfOrphaned) });

  let running = pid !== undefined;
  const exited = new Promise<ChildExit>((resolve) => {
    proc.once('exit', (code, signal) => {
      running = false;
      watchdog?.disarm();
      resolve({ code, signal });
    });
  });
  const lines = keepLines([proc.stdout, proc.stderr], spec.onLine);

  await new Promise<void>((resolve, reject) => {
    proc.once('spawn', resolve);
    proc.once('error', (cause) => {
      reject(new ChildFailedError(`${spec.name} cannot be run: ${cause.message}`, { cause }));
    });
  });
  if (pid === undefined) throw new ChildFailedError(`${spec.name} has no process id`);

  const kill = (): Promise<ChildExit> => {
    if (running) signalGroup(pid, 'SIGKILL');
    return exited;
  };
  const stop = async (): Promise<ChildExit> => {
    if (!running) return exited;
    proc.kill(stopSignal);
    const abort = new AbortController();
    const timeout = sleep(spec.stopTimeoutMs ?? DEFAULT_STOP_TIMEOUT_MS, 'timeout', {
      signal: abort.signal,
    }).catch(() => 'aborted');
    const outcome = await Promise.race([exited, timeout]);
    abort.abort();
    return outcome === 'timeout' ? kill() : exited;
  };

  return {
    name: spec.name,
    pid,
    exited,
    get running() {
      return running;
    },
    tail: () => lines.join('\n'),
    stop,
    kill,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
};

/**
 * Resolves when `probe` first returns true; asks every `intervalMs`.
 * @throws ChildFailedError the child ended, or `timeoutMs` passed; the child is stopped then
 */
export const waitUntilReady = async (
  child: Child,
  probe: () => Promise<boolean>,
  { timeoutMs = 30_000, intervalMs = 25 } = {},
): Promise<void> => {
  const deadline = performance.now() + timeoutMs;
  while (child.running) {
    if (await probe()) return;
    if (performance.now() > deadline) {
      await child.stop();
      throw new ChildFailedError(
        `${child.name} did not become ready within ${timeoutMs / 1000} s. ${lastLines(child)}`,
      );
    }
    await Promise.race([sleep(intervalMs), child.exited]);
  }
  throw new ChildFailedError(
    `${child.name} ${describeExit(await child.exited)}. ${lastLines(child)}`,
  );
};

/** A probe for `waitUntilReady`: something answers HTTP at `url` with a 2xx status. */
export const httpProbe = (url: string) => (): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    async (response) => {
      await response.body?.cancel();
      return response.ok;
    },
    () => false,
  );

/** "ended with exit code 1", "was ended by SIGKILL". */
export const describeExit = ({ code, signal }: ChildExit): string =>
  signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;

/** "Its last output: …", for the end of a message. */
export const lastLines = (child: Child): string => {
  const tail = child.tail();
  return tail === '' ? 'It printed nothing.' : `Its last output:\n${tail}`;
};

const keepLines = (streams: readonly Readable[], onLine?: (line: string) => void): string[] => {
  const kept: string[] = [];
  for (const input of streams) {
    createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
      kept.push(line.slice(0, 2_000));
      if (kept.length > KEPT_FIRST + KEPT_LAST) kept.splice(KEPT_FIRST, 1);
      onLine?.(line);
    });
  }
  return kept;
};

const signalGroup = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // The group is gone already: what we wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

const pickRemoval = (remove: string | undefined): { remove?: string } =>
  remove === undefined ? {} : { remove };
