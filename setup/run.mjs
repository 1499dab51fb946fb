// Entry of every npm script, in plain JavaScript without dependencies: it runs on the Node that
// happens to be installed, on a clone where nothing is, and hands over to Node 24.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';
import { whenNpmIsGone } from './when-npm-is-gone.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const COMMANDS = {
  demo: 'demo/main.ts',
  test: 'setup/test.ts',
  bench: 'bench/main.ts',
  start: 'setup/start.ts',
  migrate: 'setup/migrate.ts',
  doctor: 'setup/doctor.ts',
  ops: 'setup/ops.ts',
  keys: 'setup/keys.ts',
  'record-histories': 'test/replay/record.ts',
  check: 'setup/check.ts',
};

const PRODUCTION = ['start', 'migrate', 'doctor', 'ops', 'keys'];

/** Type stripping is stable from here on. */
const OLDEST_NODE = [24, 15];

const main = async () => {
  const [command = '', ...args] = process.argv.slice(2);
  const script = COMMANDS[command];
  if (!script) {
    fail(`Unknown command "${command}". There are: ${Object.keys(COMMANDS).join(', ')}.`);
    return;
  }
  // These also run where only production dependencies are installed.
  await ensureInstalled(ROOT, { development: !PRODUCTION.includes(command) });
  if (!existsSync(join(ROOT, script)))
    throw new Error(`${script} does not exist in this checkout.`);
  await handOver(findNode(), [join(ROOT, script), ...args]);
};

const findNode = () => {
  const bundled = join(ROOT, 'node_modules', 'node', 'bin', 'node');
  const version = versionOf(bundled);
  if (isRecent(version)) return bundled;
  if (isRecent(process.version)) return process.execPath;
  throw new Error(
    [
      version
        ? `The Node in node_modules is ${version}; ${OLDEST_NODE.join('.')} or newer is needed.`
        : `Node ${OLDEST_NODE.join('.')} or newer is needed; npm did not put it into node_modules.`,
      'npm fetches it by an install script, which --ignore-scripts, "ignore-scripts=true" in an',
      '.npmrc, or an "allowScripts" policy without "node" blocks. Do one of these:',
      '  - rm -rf node_modules && npm ci --ignore-scripts=false',
      `  - install Node ${OLDEST_NODE[0]} yourself (you run ${process.version}) and try again`,
    ].join('\n'),
  );
};

const versionOf = (binary) => {
  const { status, stdout } = spawnSync(binary, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
};

const isRecent = (version) => {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  return +major > oldestMajor || (+major === oldestMajor && +minor >= oldestMinor);
};

/** Every process of ours compiles the same files: kept, they start in half the time. */
const COMPILED = join(ROOT, 'node_modules', '.cache', 'compiled');

/** Ends as the child ends. Ctrl-C reaches the child by itself, being in the same process group. */
const handOver = (node, args) =>
  new Promise((resolve, reject) => {
    const env = { NODE_COMPILE_CACHE: COMPILED, ...process.env };
    const child = spawn(node, args, { cwd: ROOT, stdio: 'inherit', env });
    process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    if (process.env.npm_lifecycle_event) whenNpmIsGone(() => child.kill('SIGTERM'));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.exitCode = code ?? 128 + (constants.signals[signal] ?? 0);
      resolve();
    });
  });

const fail = (message) => {
  console.error(message);
  process.exitCode = 1;
};

await main().catch((error) => fail(error instanceof Error ? error.message : String(error)));
