import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ChildFailedError, startChild, waitUntilReady } from '../../stack/child.ts';
import { isRunning, spawnParent } from './helpers/parent.ts';
import { createScratch } from './helpers/scratch.ts';

const sh = (script: string) => ({ name: 'Sample', command: '/bin/sh', args: ['-c', script] });

/** `exec` makes the shell become the sleeper, so that its process id is the child's. */
const SLEEP = 'exec sleep 600';

test('asks a child to end and reports how it ended', async () => {
  await using child = await startChild(
    sh('trap "exit 3" TERM; echo up; while :; do sleep 0.05; done'),
  );
  await vi.waitFor(() => expect(child.tail()).toBe('up'));
  expect(await child.stop()).toEqual({ code: 3, signal: null });
  expect(child.running).toBe(false);
  expect(await child.stop()).toEqual({ code: 3, signal: null });
});

test('forces a child that does not heed the signal', async () => {
  await using child = await startChild({
    ...sh('trap "" TERM; echo deaf; while :; do sleep 0.05; done'),
    stopTimeoutMs: 100,
  });
  await vi.waitFor(() => expect(child.tail()).toBe('deaf'));
  expect(await child.stop()).toEqual({ code: null, signal: 'SIGKILL' });
});

test('says so when the command does not exist', async () => {
  const spec = { name: 'Sample', command: '/nowhere/sample', args: [] };
  await expect(startChild(spec)).rejects.toThrow(/Sample cannot be run: .*ENOENT/);
});

test('shows the last output of a child that ended before it was ready', async () => {
  await using child = await startChild(sh('echo one; echo "no such table" >&2; exit 7'));
  const failure = await waitUntilReady(child, async () => false).catch((error) => error);
  expect(failure).toBeInstanceOf(ChildFailedError);
  expect(failure.message).toMatch(/^Sample ended with exit code 7\. Its last output:/);
  expect(failure.message).toMatch(/no such table/);
});

test('keeps the first lines of long output too, where a Go panic says why', async () => {
  await using child = await startChild(
    sh(
      'echo "panic: address already in use"; i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo "at $i"; done; exec sleep 600',
    ),
  );
  await vi.waitFor(() => expect(child.tail()).toContain('at 300'));
  const kept = child.tail().split('\n');
  expect(kept[0]).toBe('panic: address already in use');
  expect(kept.at(-1)).toBe('at 300');
  expect(kept.length).toBeLessThan(100);
});

test('stops a child that never becomes ready', async () => {
  await using child = await startChild(sh(SLEEP));
  await expect(waitUntilReady(child, async () => false, { timeoutMs: 50 })).rejects.toThrow(
    'Sample did not become ready within 0.05 s. It printed nothing.',
  );
  expect(child.running).toBe(false);
});

test('ends a child whose parent was killed with SIGKILL, and removes what it left', async () => {
  await using scratch = await createScratch();
  const left = join(scratch.path, 'left');
  const parent = await spawnParent(`
    const { startChild } = await import(stack + 'child.ts');
    const { mkdirSync } = await import('node:fs');
    mkdirSync(${JSON.stringify(left)});
    const spec = { name: 'x', command: '/bin/sh', args: ['-c', '${SLEEP}'] };
    const child = await startChild({ ...spec, removeIfOrphaned: ${JSON.stringify(left)} });
    console.log(child.pid);
  `);
  const pid = Number(parent.line);
  expect(isRunning(pid)).toBe(true);
  await parent.kill();
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 15_000 });
  await vi.waitFor(() => expect(readFile(left)).rejects.toThrow('ENOENT'), { timeout: 15_000 });
});

test('ends a child whose parent simply returned', async () => {
  await using scratch = await createScratch();
  const noted = join(scratch.path, 'pid');
  const parent = await spawnParent(`
    const { startChild } = await import(stack + 'child.ts');
    const { writeFileSync } = await import('node:fs');
    const child = await startChild({ name: 'x', command: '/bin/sh', args: ['-c', '${SLEEP}'] });
    writeFileSync(${JSON.stringify(noted)}, String(child.pid));
    console.log('leaving');
    process.exit(0);
  `);
  expect(parent.line).toBe('leaving');
  const pid = Number(await readFile(noted, 'utf8'));
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 15_000 });
});

test('leaves the process id alone once the child has ended', async () => {
  await using scratch = await createScratch();
  const survivor = join(scratch.path, 'kept');
  await writeFile(survivor, 'kept');
  const parent = await spawnParent(`
    const { startChild } = await import(stack + 'child.ts');
    const spec = { name: 'x', command: '/bin/sh', args: ['-c', 'exit 0'] };
    const child = await startChild({ ...spec, removeIfOrphaned: ${JSON.stringify(survivor)} });
    await child.exited;
    console.log('ended');
  `);
  await parent.kill();
  // A watchdog that was still armed would act on these the moment its parent is gone; a second
  // child with an armed one shows that the moment has passed.
  const witness = join(scratch.path, 'witness');
  const second = await spawnParent(`
    const { startChild } = await import(stack + 'child.ts');
    const { writeFileSync } = await import('node:fs');
    writeFileSync(${JSON.stringify(witness)}, '');
    const spec = { name: 'x', command: '/bin/sh', args: ['-c', '${SLEEP}'] };
    await startChild({ ...spec, removeIfOrphaned: ${JSON.stringify(witness)} });
    console.log('up');
  `);
  await second.kill();
  await vi.waitFor(() => expect(readFile(witness)).rejects.toThrow('ENOENT'), { timeout: 15_000 });
  expect(await readFile(survivor, 'utf8')).toBe('kept');
});
