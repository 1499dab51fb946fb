import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ANN, BOB, type Rig, type SeededInbox, seedInbox, startRig, until } from './support.ts';

const ADDRESS = 'ann@gmail.example';
const TOPIC = 'projects/sambandh-emulator/topics/t';

describe('POST /webhooks/gmail', () => {
  let rig: Rig;
  let inbox: SeededInbox;
  let token = '';
  beforeAll(async () => {
    rig = await startRig();
    inbox = await seedInbox(rig, ANN, ADDRESS);
    await seedInbox(rig, BOB, ADDRESS);
    token = await captureToken();
  });
  beforeEach(() => {
    rig.workflows.told.length = 0;
    rig.workflows.failure = null;
  });
  afterAll(() => rig?.[Symbol.asyncDispose]());

  /** A bearer token as Pub/Sub signs it, taken from a delivery of the emulator. */
  const captureToken = async (): Promise<string> => {
    let seen = '';
    const catcher = createServer((req, res) => {
      seen = req.headers.authorization ?? '';
      res.writeHead(204).end();
    }).listen(0, '127.0.0.1');
    await once(catcher, 'listening');
    const { port } = catcher.address() as AddressInfo;
    await rig.emulator.addSubscription({
      name: 'projects/p/subscriptions/s',
      topic: TOPIC,
      endpoint: `http://127.0.0.1:${port}/`,
      audience: 'https://sync.example/webhooks/gmail',
      serviceAccountEmail: 'push@sambandh.iam.gserviceaccount.com',
    });
    const { access_token } = await rig.emulator.issueTokens({ address: ADDRESS });
    const watching = await fetch(`${rig.emulator.url}/gmail/v1/users/me/watch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ topicName: TOPIC }),
    });
    expect(await watching.text()).toContain('expiration');
    await until(() => seen !== '');
    await rig.emulator.clearSubscriptions();
    catcher.close();
    return seen;
  };

  const push = (data: unknown, authorization: string | null = token): Promise<Response> =>
    rig.raw('/webhooks/gmail', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
      body: JSON.stringify({
        message: {
          data: Buffer.from(JSON.stringify(data)).toString('base64'),
          messageId: '1',
          publishTime: new Date().toISOString(),
        },
        subscription: 'projects/p/subscriptions/s',
      }),
    });

  it('wakes every inbox of that mailbox, whoever’s, and notes that pushes come', async () => {
    const started = performance.now();
    const response = await push({ emailAddress: ADDRESS.toUpperCase(), historyId: 100 });
    expect(response.status).toBe(204);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(rig.workflows.told).toHaveLength(2);
    expect(rig.workflows.told).toContain(`wake ${inbox.inboxId} mail`);
    await until(async () => {
      const { body } = await rig.call(ANN, 'GET', `/api/v1/inboxes/${inbox.inboxId}`);
      return body.sync.push.lastAt !== null;
    });
  });

  it('acknowledges duplicates, stale ones and unknown mailboxes without a signal', async () => {
    await push({ emailAddress: ADDRESS, historyId: '200' });
    rig.workflows.told.length = 0;
    for (const data of [
      { emailAddress: ADDRESS, historyId: '200' },
      { emailAddress: ADDRESS, historyId: 150 },
      { emailAddress: 'nobody@gmail.example', historyId: '900' },
    ]) {
      expect((await push(data)).status).toBe(204);
    }
    expect(rig.workflows.told).toEqual([]);
  });

  it('turns a storm into few signals, the last of them after the last push', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => push({ emailAddress: ADDRESS, historyId: 300 + i })),
    );
    expect(answers.every(({ status }) => status === 204)).toBe(true);
    const mine = rig.workflows.told.filter((told) => told.includes(inbox.inboxId));
    expect(mine.length).toBeGreaterThan(0);
    expect(mine.length).toBeLessThan(8);
  });

  it('a captured push that is played back leads to no further look, and is refused in time', async () => {
    const captured = { emailAddress: ADDRESS, historyId: 350 };
    await push(captured);
    await until(() => rig.workflows.told.includes(`wake ${inbox.inboxId} mail`));
    rig.workflows.told.length = 0;
    const answers = await Promise.all(Array.from({ length: 20 }, () => push(captured)));
    expect(answers.every(({ status }) => status === 204)).toBe(true);
    // Google's tokens live for an hour.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3_600_000 });
    try {
      expect((await push(captured)).status).toBe(401);
    } finally {
      vi.useRealTimers();
    }
    expect(rig.workflows.told).toEqual([]);
  });

  it('asks for delivery again when Temporal does not take the signal, and then takes it', async () => {
    rig.workflows.failure = new Error('away');
    expect((await push({ emailAddress: ADDRESS, historyId: 400 })).status).toBe(503);
    rig.workflows.failure = null;
    expect((await push({ emailAddress: ADDRESS, historyId: 400 })).status).toBe(204);
    expect(rig.workflows.told).toContain(`wake ${inbox.inboxId} mail`);
  });

  it('refuses what is not signed by the configured sender', async () => {
    const data = { emailAddress: ADDRESS, historyId: 500 };
    const parts = token.split('.');
    for (const authorization of [
      null,
      'Bearer x',
      `${parts[0]}.${parts[1]}.${'A'.repeat(342)}`,
      `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${parts[1]}.`,
      `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${parts[1]}.x`,
    ]) {
      const response = await push(data, authorization);
      expect(response.status).toBe(401);
      expect(response.headers.get('content-type')).toContain('problem+json');
    }
    expect(rig.workflows.told).toEqual([]);
  });

  it('refuses malformed notifications', async () => {
    for (const body of [
      '',
      '{',
      '[]',
      '{"message":{}}',
      '{"message":{"data":"e30="},"subscription":"s"}',
    ]) {
      const response = await rig.raw('/webhooks/gmail', {
        method: 'POST',
        headers: { authorization: token },
        body,
      });
      expect(response.status, body).toBe(400);
    }
    const large = await rig.raw('/webhooks/gmail', {
      method: 'POST',
      headers: { authorization: token },
      body: 'x'.repeat(70_000),
    });
    expect(large.status).toBe(413);
    expect(rig.workflows.told).toEqual([]);
  });

  it('drops pushes of a disconnected inbox', async () => {
    await rig.call(ANN, 'POST', `/api/v1/inboxes/${inbox.inboxId}/disconnect`);
    expect((await push({ emailAddress: ADDRESS, historyId: 600 })).status).toBe(204);
    expect(rig.workflows.told).not.toContain(`wake ${inbox.inboxId} mail`);
  });

  it('does not exist where no sender is configured', async () => {
    await using bare = await startRig({
      GMAIL_PUBSUB_TOPIC: '',
      GMAIL_PUSH_AUDIENCE: '',
      GMAIL_PUSH_SERVICE_ACCOUNT: '',
    });
    expect((await bare.raw('/webhooks/gmail', { method: 'POST', body: '{}' })).status).toBe(404);
  });
});
