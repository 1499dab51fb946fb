import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/api.ts';
import { type Person, startTestProduct, type TestProduct, until } from '../support/product.ts';

const BOB = 'bob@contact.example';
const GMAIL = 'https://www.googleapis.com/auth/gmail';

/** What differs between the two; `limited` and `refused` are answers of theirs. */
const PROVIDERS = [
  {
    provider: 'gmail',
    name: 'Google',
    SEND: 'gmail.users.messages.send',
    scopes: [`${GMAIL}.readonly`, `${GMAIL}.send`],
    limited: { error: { code: 429, message: 'slow down', status: 'RESOURCE_EXHAUSTED' } },
    refused: { error: { code: 400, message: 'no', status: 'INVALID_ARGUMENT' } },
  },
  {
    provider: 'outlook',
    name: 'Microsoft',
    SEND: 'graph.sendMail',
    scopes: ['Mail.Read', 'Mail.Send', 'User.Read'],
    limited: { error: { code: 'ApplicationThrottled', message: 'slow down' } },
    refused: { error: { code: 'ErrorInvalidRecipients', message: 'no' } },
  },
] as const;

let test: TestProduct;
let ann: Person;
let inboxId: string;

beforeAll(async () => {
  const env = { GMAIL_RECIPIENTS_PER_DAY: '14', OUTLOOK_RECIPIENTS_PER_DAY: '14' };
  test = await startTestProduct({ env: { SEND_LOOK_FOR_MS: '2000', ...env } });
  await test.emulator.setPush({ minIntervalMs: 0 });
});
afterAll(() => test?.[Symbol.asyncDispose]());
afterEach(() => test.emulator.clearFaults());

interface Outgoing {
  id: string;
  state: string;
  failure: string | null;
  type: string;
}

const hello = (subject: string) => ({ to: [{ address: BOB }], subject, text: `About ${subject}` });

const send = (body: object, key: string = randomUUID(), id = inboxId): Promise<Answer<Outgoing>> =>
  ann.api.send<Outgoing>('POST', `/api/v1/inboxes/${id}/messages`, body, {
    'idempotency-key': key,
  });

const stateOf = async ({ body }: Answer<Outgoing>): Promise<Outgoing> =>
  ann.api.get(`/api/v1/inboxes/${inboxId}/outgoing/${body.id}`);

const untilState = (answer: Answer<Outgoing>, state: string) =>
  until(`${state}`, async () => (await stateOf(answer)).state === state, {
    seen: () => stateOf(answer),
    patient: true,
  });

const sentWith = async (subject: string) =>
  (await test.emulator.listMessages({ address: ann.address, label: 'SENT' })).filter(
    (one) => one.subject === subject,
  );

const begin = async (): Promise<URL> => {
  const { authorizationUrl } = await ann.api.post<{ authorizationUrl: string }>(
    `/api/v1/inboxes/${inboxId}/sending`,
    { returnTo: `${test.product.apiUrl}/` },
  );
  return new URL(authorizationUrl);
};

const isOn = async (): Promise<boolean> =>
  (await ann.api.get<{ sending: boolean }>(`/api/v1/inboxes/${inboxId}`)).sending;

describe.each(PROVIDERS)(
  'sending by $name',
  ({ provider, name, SEND, scopes, limited, refused }) => {
    const sendCalls = () => test.calls({ method: SEND, mailbox: ann.address });

    beforeAll(async () => {
      ann = await test.person(`ann-${provider}`, undefined, { provider });
      await ann.putContacts({ bob: [BOB] });
      inboxId = await ann.connectAndBackfill();
    });

    it('P2 B5 I11 is off: no send scope was asked for, and no send call can be made', async () => {
      const asked = (await ann.begin()).searchParams.get('scope');
      expect(asked).not.toMatch(/send/i);
      const answer = await send(hello('never'));
      expect([answer.status, answer.body.type]).toEqual([409, '/problems/sending-off']);
      expect(await sendCalls()).toEqual([]);
    });

    it('P5 stays off when its user says no, or leaves the box unticked', async () => {
      const url = await begin();
      const asked = url.searchParams.get('scope')?.split(' ') ?? [];
      const identity = ['offline_access', 'openid', 'profile'];
      expect(asked.filter((scope) => !identity.includes(scope)).sort()).toEqual(scopes);
      expect(await ann.consent(url, { allow: false })).toMatchObject({
        // Microsoft does not say which of the two it was.
        outcome: provider === 'gmail' ? 'sending_refused' : 'sending_needs_admin',
      });
      // Microsoft's page has no boxes.
      if (provider === 'gmail') {
        const unticked = await ann.consent(await begin(), { scopes: [scopes[0]] });
        expect(unticked).toMatchObject({ outcome: 'sending_refused' });
      }
      expect(await isOn()).toBe(false);
      await ann.add({ from: BOB, subject: 'still read' });
      await ann.untilOnTimeline('bob', 'still read');
    });

    it('P2 is turned on by a consent of its own; a message goes out and onto the timeline, once', async () => {
      expect(await ann.consent(await begin())).toMatchObject({ outcome: 'sending_on' });
      expect(await isOn()).toBe(true);
      // As JSON it would be more than Google takes.
      const bytes = provider === 'gmail' ? 4_500_000 : 2_500_000;
      const contentBase64 = Buffer.alloc(bytes, 'Hello').toString('base64');
      const attachments = [{ filename: 'offer.txt', contentType: 'text/plain', contentBase64 }];
      const answer = await send({ ...hello('First'), attachments });
      expect(answer.status).toBe(202);
      await untilState(answer, 'sent');
      const item = await ann.untilOnTimeline('bob', 'First');
      expect(item).toMatchObject({ direction: 'outbound', hasAttachments: true });
      expect(await sentWith('First')).toHaveLength(1);
      const rows = await test.sql('select content_ct from outgoing_messages where inbox_id = $1', [
        inboxId,
      ]);
      expect(rows).toEqual([{ content_ct: null }]);
    });

    it('an answer stays in the thread', async () => {
      await ann.add({ from: BOB, subject: 'A question', messageId: 'question@contact.example' });
      const asked = await ann.untilOnTimeline('bob', 'A question');
      await untilState(await send({ answers: asked.id, text: 'An answer' }), 'sent');
      const item = await ann.untilOnTimeline('bob', 'Re: A question');
      expect(item.threadId).toBe(asked.threadId);
      const [sent] = await sentWith('Re: A question');
      const raw = await test.emulator.rawMessage({ address: ann.address, id: sent?.id ?? '' });
      const text = Buffer.from(raw, 'base64').toString('utf8');
      expect(text).toMatch(/^In-Reply-To: <question@contact\.example>/im);
      expect(text).toMatch(/^References: <question@contact\.example>/im);
      expect(text).toMatch(new RegExp(`^To: .*${BOB}`, 'im'));
    });

    it('P1 P6 I2 from an inbox limited to one place it comes onto the timeline all the same, once', async () => {
      const place = await ann.mailbox.createPlace('Clients');
      const limitTo = async (scope: object): Promise<void> => {
        const after = Math.max(...(await ann.backfills(inboxId)).map(({ n }) => n));
        await ann.api.put(`/api/v1/inboxes/${inboxId}/scope`, scope);
        await ann.untilBackfilled(inboxId, 'scope', { after });
      };
      await limitTo(place.scope);
      await ann.add({ as: 'sent', to: BOB, subject: 'Written elsewhere' });
      const unreadable = { method: ann.mailbox.calls.get, times: 1 } as const;
      await test.emulator.armFault({
        ...unreadable,
        effect: { kind: 'preset', preset: 'notFound404' },
      });
      await untilState(await send(hello('Outside')), 'sent');
      const item = await ann.untilOnTimeline('bob', 'Outside');
      expect(item.direction).toBe('outbound');
      await ann.add({ from: BOB, subject: 'Inside', ...place.at });
      await ann.untilOnTimeline('bob', 'Inside');
      expect(await ann.subjects('bob')).not.toContain('Written elsewhere');
      await limitTo({ kind: 'contacts' });
      const subjects = await ann.subjects('bob');
      expect(subjects.filter((one) => one === 'Outside')).toHaveLength(1);
      expect(subjects).toContain('Written elsewhere');
    });

    it('the same key sends once and answers alike; with another body it is refused', async () => {
      const key = randomUUID();
      const answers = await Promise.all(Array.from({ length: 5 }, () => send(hello('Once'), key)));
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      await untilState(answers[0] as Answer<Outgoing>, 'sent');
      expect((await send(hello('Once'), key)).body.state).toBe('sent');
      const other = await send(hello('Twice'), key);
      expect([other.status, other.body.type]).toEqual([422, '/problems/idempotency-key-reused']);
      const without = await ann.api.send('POST', `/api/v1/inboxes/${inboxId}/messages`, hello('x'));
      expect(without.status).toBe(400);
      expect(await sentWith('Once')).toHaveLength(1);
    });

    it('attachments that the provider would refuse are refused at once', async () => {
      const bytes = provider === 'gmail' ? 15 * 1_048_576 + 3 : 3_000_000;
      const contentBase64 = Buffer.alloc(bytes).toString('base64');
      const answer = await send({
        ...hello('Large'),
        attachments: [{ filename: 'x', contentBase64 }],
      });
      expect(answer.status).toBe(provider === 'gmail' ? 400 : 413);
      expect(await sentWith('Large')).toEqual([]);
    });

    it('a connection that is reset after the work sends no second time', async () => {
      await test.emulator.armFault({ method: SEND, effect: { kind: 'reset', afterWork: true } });
      const answer = await send(hello('Reset'));
      await untilState(answer, 'sent');
      expect(await sentWith('Reset')).toHaveLength(1);
      await ann.untilOnTimeline('bob', 'Reset');
    });

    // With one provider: what finds it again is the same as after a reset.
    if (provider === 'gmail') {
      it('a worker killed between the send and its note sends no second time', async () => {
        await test.emulator.armFault({
          method: SEND,
          times: 1,
          effect: { kind: 'slow', ms: 20_000 },
        });
        const answer = await send(hello('Killed'));
        await until('it lies in Sent', async () => (await sentWith('Killed')).length === 1);
        await test.killWorker();
        await untilState(answer, 'sent');
        expect(await sentWith('Killed')).toHaveLength(1);
      }, 90_000);
    }

    it('what was lost on the way is looked for, called unknown, and never sent again', async () => {
      await test.emulator.armFault({ method: SEND, times: 1, effect: { kind: 'reset' } });
      const answer = await send(hello('Lost'));
      await untilState(answer, 'unknown');
      expect(await sentWith('Lost')).toEqual([]);
      expect((await send(hello('Lost'))).body.id).not.toBe(answer.body.id);
      await until('the second one', async () => (await sentWith('Lost')).length === 1);
    });

    it('B10 a limit of the provider is waited for, and a refusal is final', async () => {
      await test.emulator.armFault({
        ...{ method: SEND, times: 1 },
        effect: {
          ...{ kind: 'status', status: 429, headers: { 'Retry-After': '2' } },
          body: limited,
        },
      });
      await send(hello('Limited'));
      await until('sent', async () => (await sentWith('Limited')).length === 1, {
        timeoutMs: 90_000,
      });
      await test.emulator.armFault({
        ...{ method: SEND, times: 1 },
        effect: { kind: 'status', status: 400, body: refused },
      });
      const answer = await send(hello('Refused'));
      await untilState(answer, 'failed');
      expect((await stateOf(answer)).failure).toBe('refused');
    }, 120_000);

    it('I11 turned off, what waits is cancelled and no send call starts', async () => {
      const unarmed = (await sendCalls()).length;
      await test.emulator.armFault({
        method: SEND,
        effect: { kind: 'status', status: 429, headers: { 'Retry-After': '5' }, body: limited },
      });
      const waiting = await send(hello('Waiting'));
      // Not before: of a call that is on its way nobody would know what becomes of it.
      await until(
        'attempted, and queued again',
        async () =>
          (await sendCalls()).length > unarmed && (await stateOf(waiting)).state === 'queued',
      );
      const off = await ann.api.send<{ message: string }>(
        'DELETE',
        `/api/v1/inboxes/${inboxId}/sending`,
      );
      expect(off.body.message).toContain(`remove Sambandh at ${name}`);
      const before = (await sendCalls()).length;
      await test.emulator.clearFaults();
      await untilState(waiting, 'cancelled');
      expect((await send(hello('Off'))).status).toBe(409);
      await test.untilEnded(
        `inbox/${inboxId}/send/${((await stateOf(waiting)) as Outgoing & { idempotencyKey: string }).idempotencyKey}`,
      );
      expect(await sendCalls()).toHaveLength(before);
      expect(await sentWith('Waiting')).toEqual([]);
      await ann.add({ from: BOB, subject: 'read on' });
      await ann.untilOnTimeline('bob', 'read on');
    }, 90_000);

    it('an inbox writes to as many a day as it may; I6 nothing of it lies in clear; P9 a disconnect stops it', async () => {
      expect(await ann.consent(await begin())).toMatchObject({ outcome: 'sending_on' });
      await test.emulator.armFault({
        method: SEND,
        effect: { kind: 'preset', preset: 'exhausted429' },
      });
      const cc = Array.from({ length: 13 }, (_, i) => ({ address: `r${i}@contact.example` }));
      const many = await send({ ...hello('To many'), cc });
      expect([many.status, many.body.type]).toEqual([429, '/problems/sending-limit']);
      let answer = await send(hello('Secret plan'));
      const waiting = answer;
      while (answer.status === 202) answer = await send(hello('More'));
      expect([answer.status, answer.body.type]).toEqual([429, '/problems/sending-limit']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(80_000);
      const rows = JSON.stringify(await test.sql('select to_jsonb(o) from outgoing_messages o'));
      expect(rows).not.toMatch(/Secret plan|bob@/);
      expect(test.lines.join('\n')).not.toMatch(/Secret plan|bob@contact/);
      await ann.disconnect(inboxId);
      const calls = (await sendCalls()).length;
      await test.emulator.clearFaults();
      expect(['cancelled', 'unknown']).toContain((await stateOf(waiting)).state);
      expect(await sendCalls()).toHaveLength(calls);
      expect(await sentWith('Secret plan')).toEqual([]);
    }, 90_000);
  },
);
