import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ADDRESS, contactsQuery, isRequest, type Rig, startRig } from './support.ts';

describe('when Gmail fails', () => {
  let rig: Rig;
  let ids: string[];
  beforeAll(async () => {
    rig = await startRig();
    await rig.emulator.seedBulk({ address: ADDRESS, messages: 6, contacts: 2 });
    ids = (await rig.emulator.listMessages({ address: ADDRESS })).map(({ id }) => id);
  });
  afterAll(() => rig[Symbol.asyncDispose]());
  beforeEach(async () => {
    await rig.emulator.clearFaults();
    await rig.emulator.clearLog();
    rig.calls.length = 0;
  });

  const outerRequests = async () => (await rig.emulator.accessLog()).filter(isRequest).length;

  const FAULTS = [
    [{ kind: 'preset', preset: 'rateLimit403' }, 'RateLimited'],
    [{ kind: 'preset', preset: 'userRateLimit403' }, 'RateLimited'],
    [{ kind: 'preset', preset: 'dailyLimit403' }, 'RateLimited'],
    [{ kind: 'preset', preset: 'exhausted429' }, 'RateLimited'],
    [{ kind: 'preset', preset: 'retryAfter429' }, 'RateLimited'],
    [{ kind: 'preset', preset: 'backend500' }, 'ProviderUnavailable'],
    [{ kind: 'preset', preset: 'badGateway502' }, 'ProviderUnavailable'],
    [{ kind: 'preset', preset: 'unavailable503' }, 'ProviderUnavailable'],
    [{ kind: 'preset', preset: 'preconditionFailed400' }, 'ProviderUnavailable'],
    [{ kind: 'preset', preset: 'mailNotEnabled400' }, 'MailboxUnavailable'],
    [{ kind: 'reset' }, 'ProviderUnavailable'],
    [{ kind: 'truncate' }, 'ProviderUnavailable'],
  ] as const;

  it.each(FAULTS)('search that meets %j is %s, in one attempt', async (effect, name) => {
    const provider = await rig.provider();
    await rig.emulator.armFault({ method: 'gmail.users.messages.list', effect });
    await expect(provider.search(contactsQuery(['a@x.com']), null)).rejects.toMatchObject({ name });
    expect(await outerRequests()).toBe(1);
  });

  it.each([[{ kind: 'reset' }], [{ kind: 'truncate' }], [{ kind: 'malformedBatch' }]] as const)(
    'a batch whose envelope meets %j is no answer, in one attempt',
    async (effect) => {
      const provider = await rig.provider();
      await rig.emulator.armFault({ method: 'batch', effect });
      const unavailable = { name: 'ProviderUnavailable' };
      await expect(provider.fetchMessages(ids)).rejects.toMatchObject(unavailable);
      expect(await outerRequests()).toBe(1);
    },
  );

  it.each([
    [429, 'RateLimited'],
    [503, 'ProviderUnavailable'],
    [200, 'ProviderUnavailable'],
  ])('a batch answered %i as a whole is %s', async (status, name) => {
    const provider = await rig.provider();
    const sent = vi.spyOn(globalThis, 'fetch');
    sent.mockResolvedValueOnce(new Response('<html>', { status, headers: { 'retry-after': '9' } }));
    await expect(provider.fetchMessages(ids)).rejects.toMatchObject({ name });
    expect(sent).toHaveBeenCalledTimes(1);
    sent.mockRestore();
  });

  it('keeps what was fetched when a later batch fails', async () => {
    const provider = await rig.provider({ fetchBatchSize: 2 });
    await rig.emulator.armFault({ method: 'batch', skip: 1, effect: { kind: 'reset' } });
    const outcomes = (await provider.fetchMessages(ids)).map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['found', 'found', 'retry', 'retry', 'retry', 'retry']);
    await rig.emulator.clearFaults();
  });

  it('reports a refused token to the gate, inside a batch too', async () => {
    const provider = await rig.provider();
    await provider.profile();
    await rig.emulator.expireAccessTokens();
    const got = await provider.fetchMessages(ids);
    expect(got.every(({ outcome }) => outcome === 'found')).toBe(true);
    await rig.emulator.armFault({ effect: { kind: 'preset', preset: 'unauthorized401' } });
    await expect(provider.profile()).rejects.toMatchObject({ name: 'AccessTokenRejected' });
    await expect(provider.fetchMessages(ids)).rejects.toMatchObject({
      name: 'AccessTokenRejected',
    });
  });

  it('surfaces our own cancellation as it is, while waiting for an answer', async () => {
    const reason = new Error('epoch moved on');
    const stop = new AbortController();
    const provider = await rig.provider({}, stop.signal);
    await provider.profile();
    await rig.emulator.armFault({ effect: { kind: 'hang' } });
    setTimeout(() => stop.abort(reason), 100);
    await expect(provider.fetchMessages(ids)).rejects.toBe(reason);
    await expect(provider.profile()).rejects.toBe(reason);
  });
});
