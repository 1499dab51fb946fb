import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, inject, it } from 'vitest';
import { createTestDatabase } from '../../support/database.ts';
import { freshKey, keyDirectory } from '../../support/key-ring.ts';
import { until } from './support.ts';

const mainOf = (process: 'api' | 'worker') =>
  new URL(`../../../${process}/main.ts`, import.meta.url).pathname;

const start = (
  env: Record<string, string>,
  main = mainOf('api'),
): { child: ChildProcess; output: () => string } => {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE, ...env },
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
      INBOX_KEYS_DIR: keyDirectory(),
      MASTER_KEYS: `k:${freshKey()}`,
      LOOKUP_KEY: freshKey(),
      PAYLOAD_KEYS: `p1:${freshKey()}`,
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
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(output()).toContain('LOOKUP_KEY');
    expect(output()).toContain('DATABASE_URL_WORKER: not set');
  });
});

describe('a process that cannot start says why in a sentence', () => {
  const complete = (db: { apiUrl: string; workerUrl: string }) => ({
    API_PORT: '0',
    DATABASE_URL_API: db.apiUrl,
    DATABASE_URL_WORKER: db.workerUrl,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    INBOX_KEYS_DIR: keyDirectory(),
    MASTER_KEYS: `k:${freshKey()}`,
    LOOKUP_KEY: freshKey(),
    PAYLOAD_KEYS: `p1:${freshKey()}`,
    JWT_SECRET: 'a secret of the tests that is long enough',
  });
  const said = async (env: Record<string, string>, process: 'api' | 'worker' = 'api') => {
    const { child, output } = start(env, mainOf(process));
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(output()).not.toMatch(/"stack"|\n {4}at /);
    return output();
  };

  it('of a port that is taken', async () => {
    await using db = await createTestDatabase();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    expect(await said({ ...complete(db), API_PORT: String(port) })).toContain(
      `Port ${port} of 127.0.0.1 is taken.`,
    );
    other.close();
  });

  it('of keys', async () => {
    await using db = await createTestDatabase();
    const text = await said({ ...complete(db), LOOKUP_KEY: Buffer.alloc(32).toString('base64') });
    expect(text).toContain('LOOKUP_KEY is not random');
    for (const process of ['api', 'worker'] as const) {
      const malformed = await said({ ...complete(db), MASTER_KEYS: 'no-colon-here' }, process);
      expect(malformed).toContain('MASTER_KEYS must read');
      expect(malformed).not.toContain('no-colon-here');
    }
  });

  it('of a directory for inbox keys that is not there, is open to others, or is a file', async () => {
    await using db = await createTestDatabase();
    const directory = keyDirectory();
    const env = complete(db);
    const missing = `${directory}/nowhere`;
    expect(await said({ ...env, INBOX_KEYS_DIR: missing })).toMatch(
      /names no directory.*install -d -m 700/,
    );
    chmodSync(directory, 0o755);
    for (const process of ['api', 'worker'] as const) {
      expect(await said({ ...env, INBOX_KEYS_DIR: directory }, process)).toMatch(
        /open to other users of this machine \(mode 755\).*chmod 700/,
      );
    }
  });

  it('of databases', async () => {
    await using db = await createTestDatabase();
    const change = (url: string, to: Partial<URL>) => Object.assign(new URL(url), to).href;
    const cases = [
      [{ pathname: '/nowhere' }, /no database of this name/],
      [{ port: '1' }, /does not answer there/],
      [{ username: 'nobody-we-know' }, /refuses this role/],
    ] as const;
    for (const [to, sentence] of cases) {
      const url = change(db.apiUrl, to);
      const text = await said({ ...complete(db), DATABASE_URL_API: url });
      expect(text).toMatch(/^DATABASE_URL_API: /);
      expect(text).toMatch(sentence);
      expect(text).not.toContain(new URL(url).password);
    }
    expect(await said({ ...complete(db), DATABASE_URL_WORKER: 'nonsense' }, 'worker')).toMatch(
      /DATABASE_URL_WORKER: /,
    );
  });

  it('of a Temporal that does not answer, in the worker, which waits for it', async () => {
    await using db = await createTestDatabase();
    const env = { ...complete(db), TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const { child, output } = start(env, mainOf('worker'));
    try {
      await until(() => output().includes('Temporal does not answer yet'));
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      expect(output().split('does not answer yet')).toHaveLength(2);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
