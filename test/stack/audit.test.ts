import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { auditDependencies } from '../../setup/audit.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A registry that knows these advisories of express; null: it does not offer audits. */
const registry = async (severities: readonly string[] | null) => {
  const server = createServer((req, res) => {
    req.resume();
    if (!severities) return void res.writeHead(405).end();
    if (req.method !== 'POST') return void res.writeHead(404).end('{}');
    const advisories = severities.map((severity, id) => ({
      ...{ id: id + 1, url: 'https://advisories.example/1', title: `a ${severity} hole`, severity },
      ...{ vulnerable_versions: '*', cwe: [], cvss: { score: 0, vectorString: null } },
    }));
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify(advisories.length > 0 ? { express: advisories } : {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    env: { ...process.env, npm_config_registry: `http://127.0.0.1:${port}/` },
    [Symbol.dispose]: () => void server.close(),
  };
};

test('a grave hole in what runs in production fails the check and names the package', async () => {
  using npm = await registry(['moderate', 'high']);
  await expect(auditDependencies(ROOT, npm.env)).rejects.toThrow(/express \(high\): .*a high hole/);
});

test('what is less than grave is counted', async () => {
  using npm = await registry(['moderate']);
  expect(await auditDependencies(ROOT, npm.env)).toMatch(/^found nothing grave, [1-9]\d* of less$/);
});

test('a registry without an answer is told, and fails nothing', async () => {
  using refuses = await registry(null);
  expect(await auditDependencies(ROOT, refuses.env)).toContain('NOT DONE');
  const away = { ...process.env, npm_config_registry: 'http://127.0.0.1:9/' };
  expect(await auditDependencies(ROOT, away)).toContain('NOT DONE');
});
