import { execFileSync } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

export interface UnixUser {
  name: string;
  uid: number;
  gid: number;
}

/**
 * Postgres refuses to run as root. The account to run it as instead, or undefined when we are not
 * root (or not on Unix) and it can run as ourselves.
 */
export const unprivilegedUser = (): UnixUser | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    const uid = lookUp('-u', name);
    const gid = lookUp('-g', name);
    if (uid && gid) return { name, uid, gid };
  }
  throw new Error(
    'Postgres refuses to run as root, and this machine has neither a "postgres" nor a "nobody" ' +
      'account to run it as. Run as an ordinary user, or set DATABASE_URL to a running Postgres.',
  );
};

/** The topmost directory on the way to `path` that `user` may not enter, if any. */
export const firstClosedDirectory = async (
  path: string,
  user: UnixUser,
): Promise<string | undefined> => {
  const ancestors: string[] = [];
  for (let at = resolve(path); ; at = dirname(at)) {
    ancestors.unshift(at);
    if (at === dirname(at)) break;
  }
  for (const directory of ancestors) {
    const info = await stat(directory).catch(() => undefined);
    if (info?.isDirectory() && !mayEnter(info, user)) return directory;
  }
  return undefined;
};

const mayEnter = (info: { mode: number; uid: number; gid: number }, user: UnixUser): boolean => {
  if (info.uid === user.uid) return (info.mode & 0o100) !== 0;
  if (info.gid === user.gid) return (info.mode & 0o010) !== 0;
  return (info.mode & 0o001) !== 0;
};

const lookUp = (flag: '-u' | '-g', name: string): number | undefined => {
  try {
    const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore'];
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio }).trim());
  } catch {
    return undefined;
  }
};
