import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../../api/app.ts';
import type { ApiContext } from '../../../api/context.ts';
import { PROBLEMS } from '../../../api/problem.ts';
import { checkContract } from '../../support/contract.ts';
import { ANN, type Rig, startRig } from './support.ts';

type Json = Record<string, unknown>;

/** Refused before any route is chosen. */
const BEFORE_ANY_ROUTE = ['method-not-allowed', 'request-timeout', 'headers-too-large'];

describe('the OpenAPI document', () => {
  let rig: Rig;
  let text: string;
  let document: { openapi: string; paths: Record<string, Record<string, Json>> };
  beforeAll(async () => {
    rig = await startRig();
    text = await (await rig.raw('/openapi.json')).text();
    document = JSON.parse(text);
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  const operations = () => Object.values(document.paths).flatMap((path) => Object.values(path));

  it('tells every route that there is, and no other', () => {
    const app = createApp({ settings: { publicUrl: 'http://x', ratePerMinute: 1 } } as ApiContext);
    const mounted = new Set<string>();
    for (const { route } of app.router.stack) {
      // The handler of every other method is no route of its own.
      if (!route || route.stack.some((layer) => layer.method === undefined)) continue;
      for (const { method } of route.stack) mounted.add(`${method} ${route.path}`);
    }
    const told = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
    );
    expect(mounted.size).toBeGreaterThan(25);
    expect([...mounted].sort()).toEqual(told.sort());
  });

  it('is whole: every reference leads somewhere, every operation has a name of its own', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path);
    expect(references.length).toBeGreaterThan(50);
    for (const path of references) {
      const target = path.split('/').reduce<unknown>((at, key) => (at as Json)[key], document);
      expect(target, path).toBeTypeOf('object');
    }
    const names = operations().map(({ operationId }) => operationId);
    expect(new Set(names).size).toBe(names.length);
  });

  it('names every problem, and with each route those that it can answer', () => {
    for (const code of Object.keys(PROBLEMS)) {
      if (BEFORE_ANY_ROUTE.includes(code)) continue;
      expect(text, code).toContain(`"/problems/${code}"`);
    }
  });

  it('is also a page, which loads nothing', async () => {
    const answer = await rig.raw('/docs/api');
    const html = await answer.text();
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const { operationId } of operations()) expect(html).toContain(`id="${operationId}"`);
    for (const [, id] of html.matchAll(/href="#([^"]+)"/g)) expect(html).toContain(`id="${id}"`);
  });

  describe('is held against every answer that a test gets', () => {
    const exchange = async () => {
      const path = '/api/v1/inboxes';
      return { method: 'GET', path, ...(await rig.call(ANN, 'GET', path)) };
    };

    it.each([
      ['a field that is not described', { body: { inboxes: [], more: 1 } }],
      ['a field that is missing', { body: {} }],
      ['a status that is not described', { status: 418 }],
      ['a media type that is not described', { headers: new Headers({ 'content-type': 'x/y' }) }],
      ['a problem that the route does not declare', problem('message-gone', 503)],
      ['an address that is not described', { path: '/api/v1/unknown' }],
      ['a body that is not described', { method: 'POST', status: 201, requestBody: { a: 1 } }],
    ])('%s', async (_what, change) => {
      const real = await exchange();
      await checkContract(rig.url, real);
      await expect(checkContract(rig.url, { ...real, ...change })).rejects.toThrow('/openapi.json');
    });
  });

  function problem(code: string, status: number) {
    const words = { title: 't', detail: 'd', instance: '/requests/x' };
    return {
      status,
      headers: new Headers({ 'content-type': 'application/problem+json' }),
      body: { type: `/problems/${code}`, status, ...words },
    };
  }
});
