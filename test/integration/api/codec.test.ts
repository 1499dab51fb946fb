import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANN, type Rig, startRig, tokenOf } from './support.ts';

const UI = 'https://temporal.example';
const TOKEN = 'a-token-of-the-tests-that-is-long-enough';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ TEMPORAL_UI_ORIGIN: UI, CODEC_TOKEN: TOKEN });
});
afterAll(() => rig[Symbol.asyncDispose]());

const clear = () => {
  const { metadata, data } = defaultPayloadConverter.toPayload({ inboxId: 'i-1' });
  return {
    metadata: { encoding: Buffer.from(metadata?.encoding ?? []).toString('base64') },
    data: Buffer.from(data ?? []).toString('base64'),
  };
};

const ask = async (
  path: string,
  { headers = {}, payloads = [clear()] as unknown[], method = 'POST' } = {},
) => {
  const response = await rig.raw(`/codec${path}`, {
    method,
    headers: { 'content-type': 'application/json', 'x-namespace': 'default', ...headers },
    ...(method === 'POST' && { body: JSON.stringify({ payloads }) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    payloads: text.startsWith('{"payloads') ? (JSON.parse(text).payloads as unknown[]) : [],
  };
};
const bearer = async (roles: string[]) => ({
  authorization: `Bearer ${await tokenOf(ANN, { roles })}`,
});

describe('B11 the codec server', () => {
  it('shows operators what Temporal keeps sealed, and seals what they send', async () => {
    const headers = { ...(await bearer(['ops'])), origin: UI };
    const sealed = await ask('/encode', { headers });
    expect(sealed.status).toBe(200);
    expect(JSON.stringify(sealed.payloads)).not.toContain(clear().data);
    const opened = await ask('/decode', { headers, payloads: sealed.payloads });
    expect(opened.payloads).toEqual([clear()]);
    expect(opened.headers.get('access-control-allow-origin')).toBe(UI);
    expect(opened.headers.get('cache-control')).toBe('no-store');
    expect((await ask(`/${TOKEN}/decode`, { payloads: sealed.payloads })).payloads).toEqual([
      clear(),
    ]);
  });

  it('opens nothing for anybody else', async () => {
    expect((await ask('/decode')).status).toBe(401);
    expect((await ask('/decode', { headers: await bearer(['member', 'admin']) })).status).toBe(403);
    expect((await ask(`/${TOKEN.replace('a', 'b')}/decode`)).status).toBe(401);
    expect((await ask('/decode', { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(
      401,
    );
  });

  it('lets the browser ask from the UI alone', async () => {
    const preflight = await ask('/decode', { method: 'OPTIONS', headers: { origin: UI } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe(UI);
    expect(preflight.headers.get('access-control-allow-headers')).toMatch(/x-namespace/);
    const elsewhere = { origin: 'https://evil.example' };
    for (const method of ['OPTIONS', 'POST']) {
      const answer = await ask(`/${TOKEN}/decode`, { method, headers: elsewhere });
      expect(answer.status).toBe(403);
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('refuses what is no payload, and says nothing of keys', async () => {
    const headers = await bearer(['ops']);
    expect((await ask('/decode', { headers, payloads: ['x'] })).status).toBe(400);
    const foreign = {
      metadata: {
        encoding: Buffer.from('binary/encrypted').toString('base64'),
        'encryption-key-id': Buffer.from('elsewhere').toString('base64'),
      },
      data: clear().data,
    };
    expect((await ask('/decode', { headers, payloads: [foreign] })).status).toBe(400);
  });

  it('does not log what it was asked, the token in the path included', () => {
    const log = rig.log.join('\n');
    expect(log).toContain('/:token/decode');
    expect(log).not.toContain(TOKEN);
    expect(log).not.toContain(clear().data);
  });
});

it('is not there without a UI to serve', async () => {
  await using plain = await startRig();
  expect((await plain.raw(`/codec/decode`, { method: 'POST' })).status).toBe(404);
});
