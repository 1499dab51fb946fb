// Plain JavaScript without dependencies: see run.mjs.
import { spawn } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `npm ci` when node_modules is not what package-lock.json says. npm's own record inside
 * node_modules tells, so an install by hand counts and an interrupted one does not.
 */
export const ensureInstalled = async (root, { development }) => {
  if (isInstalled(root, development)) return;
  const release = await lock(join(root, '.cache', 'install.lock'));
  try {
    // Whoever held the lock before us has probably done it.
    if (!isInstalled(root, development)) await install(root, development);
  } finally {
    release();
  }
};

export const isInstalled = (root, development) => {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const present = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted) throw new Error('package-lock.json is missing or damaged: git checkout it.');
  if (!present) return false;
  return Object.entries(wanted).every(([path, { version, optional, dev, devOptional }]) => {
    const needed = path !== '' && !optional && !devOptional && (development || !dev);
    return !needed || (present[path]?.version === version && existsSync(join(root, path)));
  });
};

const readPackages = (path) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
};

const install = async (root, development) => {
  const { tty, print, done } = progress('Installing dependencies with npm ci (about 40 s)');
  const [command, ...prefix] = npmCommand();
  // Under NODE_ENV=production npm would leave out what this command needs.
  const include = development ? ['--include=dev', '--include=optional'] : [];
  const child = spawn(command, [...prefix, 'ci', ...include], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output = (output + chunk).slice(-8_000);
    });
  }
  const ticker = setInterval(print, tty ? 500 : 10_000);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(-1);
    });
    child.once('close', resolve);
  });
  clearInterval(ticker);
  done(code === 0);
  if (code === 0) return;
  throw new Error(
    [
      'npm ci failed. Its last output:',
      output.trim().replace(/^/gm, '  '),
      'What helps, in this order: see that the registry can be reached (npm ping), that about 1 GB',
      'of disk is free, that node_modules belongs to you; then "rm -rf node_modules && npm ci".',
    ].join('\n'),
  );
};

/** The npm that runs us, else the one on PATH. */
const npmCommand = () =>
  process.env.npm_execpath?.endsWith('.js')
    ? [process.execPath, process.env.npm_execpath]
    : ['npm'];

const progress = (title) => {
  const startedAt = Date.now();
  const tty = process.stdout.isTTY;
  const seconds = () => `${((Date.now() - startedAt) / 1_000).toFixed(tty ? 0 : 1)} s`;
  const print = () =>
    process.stdout.write(tty ? `\r▸ ${title} … ${seconds()}` : `▸ ${title} … ${seconds()}\n`);
  process.stdout.write(`▸ ${title} …${tty ? '' : '\n'}`);
  const done = (succeeded) =>
    process.stdout.write(
      `${tty ? '\r\x1b[K' : ''}${succeeded ? '✓' : '✗'} ${title} (${seconds()})\n`,
    );
  return { tty, print, done };
};

/** Two commands started at once would each remove what the other installs. */
const lock = async (path) => {
  const mine = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(mine, String(process.pid));
  try {
    for (let said = false; ; said = true) {
      if (tryLink(mine, path)) return () => rmSync(path, { force: true });
      const owner = readOwner(path);
      if (isAlive(owner)) {
        if (!said) console.log(`▸ Waiting for process ${owner}, which installs dependencies …`);
        await sleep(250);
      } else {
        rmSync(path, { force: true });
      }
    }
  } finally {
    rmSync(mine, { force: true });
  }
};

/** Linking a written file makes lock and owner appear at once. */
const tryLink = (from, to) => {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
};

const readOwner = (path) => {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
};

const isAlive = (pid) => {
  if (!pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};
