import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readConfig, SETTING_NAMES } from '../../../config/config.ts';
import { filledIn, service, services } from '../../support/compose.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const textOf = (name: string): string => readFileSync(`${ROOT}${name}`, 'utf8');

const OURS = ['migrate', 'api', 'worker'] as const;

/** It brings its own Temporal and image. */
const SET_HERE = [
  ...['WORKFLOW_BUNDLE', 'TEMPORAL_TASK_QUEUE', 'TEMPORAL_API_KEY'],
  ...['TEMPORAL_TLS', 'TEMPORAL_TLS_CA', 'TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY'],
  'TEMPORAL_TLS_SERVER_NAME',
];
/** Addresses for a server that stands in for a provider's. */
const STAND_INS = [
  ...['GOOGLE_AUTHORIZE_URL', 'GOOGLE_TOKEN_URL', 'GOOGLE_REVOKE_URL', 'GOOGLE_CERTS_URL'],
  ...['GOOGLE_ISSUER', 'GMAIL_API_ROOT', 'MICROSOFT_LOGIN_ROOT', 'GRAPH_API_ROOT'],
];
const OF_WORKERS = [
  ...['WORKER_METRICS_PORT', 'TEMPORAL_METRICS_PORT', 'TEMPORAL_DEPLOYMENT', 'TEMPORAL_BUILD_ID'],
];
const NOT_GIVEN: Record<string, Set<string>> = {
  api: new Set([...SET_HERE, ...STAND_INS, ...OF_WORKERS]),
  worker: new Set([...SET_HERE, ...STAND_INS, 'API_METRICS_PORT']),
};

describe('docker-compose.yml', () => {
  it.each(OURS)('%s runs a script that exists, read-only, from our image', (name) => {
    const [node, script = ''] = service(name).command ?? [];
    expect(node).toBe('node');
    expect(existsSync(`${ROOT}${script}`)).toBe(true);
    expect(service(name)).toMatchObject({ read_only: true, image: 'sambandh-email-sync' });
  });

  it.each(OURS)('%s gets settings that exist, and all it needs to start', (name) => {
    const environment = filledIn(name);
    const known = [...SETTING_NAMES, 'DATABASE_URL'];
    expect(Object.keys(environment).filter((one) => !known.includes(one))).toEqual([]);
    const secret = { JWT_SECRET: 'a shared secret of thirty-two characters' };
    expect(() => readConfig({ ...environment, ...secret })).not.toThrow();
  });

  it.each(['api', 'worker'])('%s gets every setting that .env may hold', (name) => {
    const given = Object.keys(filledIn(name));
    const missing = SETTING_NAMES.filter(
      (one) => !given.includes(one) && !NOT_GIVEN[name]?.has(one),
    );
    expect(missing).toEqual([]);
    for (const one of [...SET_HERE, ...STAND_INS]) expect(SETTING_NAMES).toContain(one);
  });

  it('names ports that the processes listen on', () => {
    const api = readConfig({ ...filledIn('api'), JWT_SECRET: 'x'.repeat(32) }).settings;
    expect(service('api').ports).toEqual([`127.0.0.1:8080:${api.API_PORT}`]);
    expect(service('api').healthcheck?.test.join(' ')).toContain(`:${api.API_PORT}/readyz`);
    const worker = readConfig({ ...filledIn('worker'), JWT_SECRET: 'x'.repeat(32) }).settings;
    const health = service('worker').healthcheck?.test.join(' ');
    expect(health).toContain(`:${worker.WORKER_METRICS_PORT}/readyz`);
    const exposed = /^EXPOSE (.*)$/m.exec(textOf('Dockerfile'))?.[1]?.split(' ').map(Number);
    expect(exposed).toEqual([
      ...[api.API_PORT, api.API_METRICS_PORT],
      ...[worker.WORKER_METRICS_PORT, worker.TEMPORAL_METRICS_PORT],
    ]);
  });

  it('waits for what each service needs, and lets it drain', () => {
    for (const { depends_on = {} } of Object.values(services)) {
      for (const needed of Object.keys(depends_on)) expect(services).toHaveProperty([needed]);
    }
    const drainOf = (name: string): number =>
      Number.parseInt(service(name).stop_grace_period ?? '', 10);
    const forced = /shutdownForceTime: '(\d+) seconds'/.exec(textOf('worker/run-worker.ts'))?.[1];
    const answered = /DRAIN_MS = ([\d_]+)/.exec(textOf('api/server.ts'))?.[1]?.replaceAll('_', '');
    expect(drainOf('worker')).toBeGreaterThan(Number(forced));
    expect(drainOf('api') * 1_000).toBeGreaterThan(Number(answered));
  });

  it('pins every image, server and admin tools alike', () => {
    const images = Object.values(services).map(({ image }) => image);
    for (const image of images) {
      if (image !== 'sambandh-email-sync') expect(image).toMatch(/:v?\d/);
    }
    const tagOf = (name: string): string | undefined => service(name).image.split(':')[1];
    expect(tagOf('temporal')).toBe(tagOf('temporal-schema'));
    expect(tagOf('temporal')).toBe(tagOf('temporal-namespace'));
    expect(tagOf('temporal')).toBe(tagOf('current-build'));
  });

  it('makes the build current that the worker is', () => {
    const { TEMPORAL_DEPLOYMENT: name, TEMPORAL_BUILD_ID: build } = service('worker').environment;
    const [command = ''] = service('current-build').command ?? [];
    expect(command).toContain(`--deployment-name ${name} --build-id ${build}`);
    expect(command).toContain(`--namespace ${filledIn('worker').TEMPORAL_NAMESPACE}`);
  });

  it('mounts files that exist', () => {
    const mounted = Object.values(services)
      .flatMap(({ volumes = [] }) => volumes)
      .filter((volume) => volume.startsWith('./'))
      .map((volume) => volume.split(':')[0] ?? '');
    expect(mounted.length).toBeGreaterThan(0);
    for (const file of mounted) expect(existsSync(`${ROOT}${file}`)).toBe(true);
  });
});

describe('the Dockerfile', () => {
  const lines = textOf('Dockerfile').split('\n');

  it('has Node 24 in every stage and a plain user before the command', () => {
    const bases = lines.filter((line) => line.startsWith('FROM '));
    for (const base of bases) expect(base).toMatch(/^FROM node:24-/);
    const at = (start: string): number => lines.findIndex((line) => line.startsWith(start));
    expect(at('USER node')).toBeGreaterThan(0);
    expect(at('CMD ')).toBeGreaterThan(at('USER node'));
  });

  it('copies what exists, and leaves out no folder that production code needs', () => {
    const ignored = textOf('.dockerignore').trim().split('\n');
    const needed = [
      ...[
        'activities',
        'api',
        'config',
        'crypto',
        'db',
        'domain',
        'metrics',
        'providers',
        'session',
      ],
      ...[
        'setup',
        'stack',
        'temporal',
        'tracing',
        'vault',
        'worker',
        'workflows',
        'docs',
        'package.json',
      ],
    ];
    expect(needed.filter((one) => ignored.includes(one))).toEqual([]);
    for (const one of needed) expect(existsSync(`${ROOT}${one}`)).toBe(true);
  });
});
