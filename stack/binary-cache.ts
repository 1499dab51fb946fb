import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** Kept beside each cached binary, and checked before every use. */
interface CacheRecord {
  version: string;
  size: number;
  sha256: string;
}

export interface CachedBinary {
  path: string;
  version: string;
}

/** Per user, shared by all checkouts: SAMBANDH_CACHE_DIR, else below XDG_CACHE_HOME or ~/.cache. */
export const cacheDirectory = (env: NodeJS.ProcessEnv): string =>
  env.SAMBANDH_CACHE_DIR || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sambandh');

/**
 * A copy stored by `storeInCache`, or undefined when there is none.
 * @throws Error there is one, but it is not what was stored; it is removed
 */
export const findInCache = async (
  cacheDir: string,
  key: string,
): Promise<CachedBinary | undefined> => {
  const { entry, binary, record } = pathsOf(cacheDir, key);
  const text = await readFile(record, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const stored = JSON.parse(text) as CacheRecord;
  const size = await stat(binary).then(
    (info) => info.size,
    () => -1,
  );
  if (size === stored.size && (await sha256Of(binary)) === stored.sha256) {
    return { path: binary, version: stored.version };
  }
  await rm(entry, { recursive: true, force: true });
  throw new Error(`the copy in ${entry} was damaged; it has been removed`);
};

/** Moves `file` into the cache. Concurrent callers may do so at once: the first one wins. */
export const storeInCache = async (
  cacheDir: string,
  key: string,
  file: string,
  version: string,
): Promise<CachedBinary> => {
  const { entry, binary } = pathsOf(cacheDir, key);
  const [{ size }, sha256] = await Promise.all([stat(file), sha256Of(file)]);
  await mkdir(cacheDir, { recursive: true });
  const partial = await mkdtemp(join(cacheDir, `.${key}-`));
  const inside = pathsIn(partial, key);
  await move(file, inside.binary);
  await chmod(inside.binary, 0o755);
  const record: CacheRecord = { version, size, sha256 };
  await writeFile(inside.record, `${JSON.stringify(record, undefined, 2)}\n`);
  await chmod(partial, 0o755);
  try {
    await rename(partial, entry);
  } catch {
    // Another process stored it in between, or somebody tampered with what is there.
    const theirs = await findInCache(cacheDir, key).catch(() => undefined);
    if (theirs) {
      await rm(partial, { recursive: true, force: true });
      return theirs;
    }
    await rm(entry, { recursive: true, force: true });
    await rename(partial, entry);
  }
  return { path: binary, version };
};

export const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
};

const pathsOf = (cacheDir: string, key: string) => pathsIn(join(cacheDir, key), key);

const pathsIn = (entry: string, key: string) => ({
  entry,
  binary: join(entry, key),
  record: join(entry, 'record.json'),
});

const move = async (from: string, to: string): Promise<void> => {
  await rename(from, to).catch(async (error) => {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    await cp(from, to);
    await rm(from);
  });
};
