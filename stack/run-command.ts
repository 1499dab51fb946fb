import { execFile } from 'node:child_process';

export interface CommandOptions {
  env: NodeJS.ProcessEnv;
  cwd?: string;
  timeoutMs: number;
  /** Ends the command early. */
  signal?: AbortSignal;
}

/** A short-lived command failed; the message is its own last words, in one line. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly notFound: boolean;
  /** All that it printed. */
  readonly output: string;

  constructor(message: string, details: { notFound: boolean; output: string; cause: unknown }) {
    super(message, { cause: details.cause });
    this.notFound = details.notFound;
    this.output = details.output;
  }
}

/**
 * Runs `command` to its end.
 * @returns what it printed to standard output
 * @throws CommandError not installed, failed, or took longer than `timeoutMs`
 */
export const runCommand = (
  command: string,
  args: readonly string[],
  { env, cwd, timeoutMs, signal }: CommandOptions,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { env, timeout: timeoutMs, maxBuffer: 16 << 20, ...(cwd && { cwd }) };
    const withSignal = { ...options, ...(signal && { signal }), encoding: 'utf8' as const };
    execFile(command, args, withSignal, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      const notFound = error.code === 'ENOENT';
      const timedOut = error.killed && !signal?.aborted;
      const message = notFound
        ? `${command} is not installed`
        : timedOut
          ? `no result within ${timeoutMs / 1_000} s`
          : lastWords(stderr) || error.message;
      const output = `${stdout}${stderr}`;
      reject(new CommandError(message, { notFound, output, cause: error }));
    });
  });

const lastWords = (output: string): string =>
  output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-2)
    .join(' ')
    .slice(0, 300);
