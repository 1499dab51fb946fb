import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, inject, it } from 'vitest';
import { createTestDatabase } from '../../support/database.ts';
import { until } from './support.ts';

const MAIN = new URL('../../../api/main.ts', import.meta.url).pathname;

const start = (env: Record<string, string>): { child: ChildProcess; output: () => string } => {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      text += chunk;
    });
  }
  return { child, output: () => text };
};

describe('the API process', () => {
  it('serves, drains at SIGTERM and ends with 0', async () => {
    await using db = await createTestDatabase();
    const { child, output } = start({
      API_PORT: '0',
      DATABASE_URL_API: db.apiUrl,
      DATABASE_URL_WORKER: db.workerUrl,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      MASTER_KEYS: `k:${randomBytes(32).toString('base64')}`,
      LOOKUP_KEY: randomBytes(32).toString('base64'),
      JWT_SECRET: 'a secret of the tests that is long enough',
    });
    try {
      await until(() => output().includes('listening'));
      const url = /"url":"([^"]+)"/.exec(output())?.[1] ?? '';
      const ready = await fetch(`${url}/readyz`);
      expect(await ready.json()).toEqual({ status: 'ready', postgres: 'ok', temporal: 'ok' });
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect(output()).toContain('draining');
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('refuses an environment that is not complete, and says what is missing', async () => {
    const { child, output } = start({ MASTER_KEYS: 'x' });
    const [code] = await once(child, 'exit');
    expect(code).toBe(1);
    expect(output()).toContain('LOOKUP_KEY');
  });
});
