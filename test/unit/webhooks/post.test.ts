import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { postJson } from '../../../webhooks/post.ts';
import { isPublicAddress } from '../../../webhooks/public-address.ts';
import { type EventReceiver, startEventReceiver } from '../../support/event-receiver.ts';

let receiver: EventReceiver;
beforeEach(async () => {
  receiver = await startEventReceiver();
});
afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
});

const guarded = { timeoutMs: 5_000, allowPrivate: false };
const open = { timeoutMs: 5_000, allowPrivate: true };
const post = (url: string, options = guarded) =>
  postJson(new URL(url), async (send) => send({ 'webhook-id': 'event' }, '{"data":{}}'), options);

describe('a post to an address that somebody typed in', () => {
  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '255.255.255.255',
    '224.0.0.1',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'ff02::1',
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['8.8.8.8', '93.184.216.34', '2606:4700:4700::1111'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it('does not go to a private address, however it is written', async () => {
    const { port } = new URL(receiver.url);
    for (const host of [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:7f00:1]',
      '2130706433',
      '0x7f.1',
    ]) {
      expect(await post(`http://${host}:${port}/`), host).toEqual({ failure: 'PRIVATE_ADDRESS' });
    }
    expect(receiver.attempts).toEqual([]);
  });

  it('goes there when private addresses are allowed', async () => {
    expect(await post(receiver.url, open)).toEqual({ status: 204 });
  });

  it('is made once the connection is there, and nothing is posted when it is taken back', async () => {
    expect(await postJson(new URL(receiver.url), async () => {}, open)).toBeNull();
    expect(await post(receiver.url, open)).toEqual({ status: 204 });
    const broken = postJson(
      new URL(receiver.url),
      async () => {
        throw new Error('not made');
      },
      open,
    );
    await expect(broken).rejects.toThrow('not made');
    expect(receiver.attempts).toMatchObject([{ id: 'event' }]);
    await receiver[Symbol.asyncDispose]();
    const late = postJson(new URL(receiver.url), () => expect.unreachable(), open);
    expect(await late).toEqual({ failure: 'ECONNREFUSED' });
  });

  it('does not follow a redirect', async () => {
    receiver.answer = () => 307;
    expect(await post(receiver.url, open)).toEqual({ status: 307 });
    expect(receiver.attempts).toHaveLength(1);
  });

  it('ends in time, and says what failed without an address', async () => {
    const never = Promise.withResolvers<number>();
    receiver.answer = () => never.promise;
    expect(await post(receiver.url, { ...open, timeoutMs: 100 })).toEqual({ failure: 'TIMEOUT' });
    never.resolve(200);
    receiver.answer = () => null;
    expect(await post(receiver.url, open)).toEqual({ failure: 'ECONNRESET' });
    const { url } = receiver;
    await receiver[Symbol.asyncDispose]();
    expect(await post(url, open)).toEqual({ failure: 'ECONNREFUSED' });
  });
});
