import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { createControl } from '../../emulator/control-client.ts';
import { SpendWindow } from '../../emulator/shared/sliding-window.ts';

test('runs as a process that prints its address and stops on SIGTERM', async () => {
  const child = spawn(process.execPath, ['emulator/main.ts', '--port', '0', '--demo'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
  const accounts = await createControl(url).listAccounts();
  expect(accounts[0]?.messages).toBeGreaterThan(100);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

test('a sliding minute forgives bit by bit, a fixed one all at once', () => {
  const sliding = new SpendWindow(60_000, 'sliding');
  sliding.spend(10_000, 5);
  sliding.spend(50_000, 5);
  expect(sliding.spent(69_000)).toBe(10);
  expect(sliding.spent(70_001)).toBe(5);
  expect(sliding.waitFor(70_001, 6, 10)).toBe(39_999);
  const fixed = new SpendWindow(60_000, 'fixed');
  fixed.spend(10_000, 5);
  fixed.spend(59_000, 5);
  expect(fixed.spent(59_999)).toBe(10);
  expect(fixed.spent(60_001)).toBe(0);
});
