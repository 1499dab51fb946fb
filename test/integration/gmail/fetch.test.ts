import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGmailProvider } from '../../../providers/gmail/adapter.ts';
import type { Fetched } from '../../../providers/mail-provider.ts';
import { untilSent } from '../../../session/until-sent.ts';
import { ADDRESS, contactsQuery, isRequest, type Rig, startRig } from './support.ts';

const byId = <T>(all: Fetched<T>[]) => all.toSorted((a, b) => a.id.localeCompare(b.id));

describe('fetching from Gmail', () => {
  let rig: Rig;
  let ids: string[];
  let bulk: Awaited<ReturnType<Rig['emulator']['seedBulk']>>;
  beforeAll(async () => {
    rig = await startRig({ limits: { inlineBodyBytes: 20_000 } });
    bulk = await rig.emulator.seedBulk({ address: ADDRESS, messages: 60, contacts: 5 });
    ids = (await rig.emulator.listMessages({ address: ADDRESS })).map(({ id }) => id);
  });
  afterAll(() => rig[Symbol.asyncDispose]());
  beforeEach(async () => {
    await rig.emulator.clearFaults();
    await rig.emulator.clearLog();
    rig.calls.length = 0;
  });

  const requests = async () =>
    (await rig.emulator.accessLog()).filter(isRequest).map(({ method }) => method);

  it('gives the same in batches and one by one', async () => {
    const batched = await (await rig.provider({ fetchBatchSize: 25 })).fetchMessages(ids);
    expect(await requests()).toEqual(['batch', 'batch', 'batch']);
    const plain = await (await rig.provider({ fetchBatchSize: 1 })).fetchMessages(ids);
    expect(byId(batched)).toEqual(byId(plain));
    expect(batched.every(({ outcome }) => outcome === 'found')).toBe(true);
    const heads = await (await rig.provider()).fetchHeads(ids);
    for (const head of heads) {
      const whole = plain.find(({ id }) => id === head.id);
      if (head.outcome !== 'found' || whole?.outcome !== 'found') throw new Error('not found');
      expect(whole.message).toMatchObject(head.message);
    }
  });

  it('asks for headers only when heads are wanted: not even the snippet leaves Gmail (B1)', async () => {
    const sent = vi.spyOn(globalThis, 'fetch');
    const provider = await rig.provider();
    await provider.fetchHeads(ids.slice(0, 1));
    const body = String(sent.mock.lastCall?.[1]?.body);
    sent.mockRestore();
    expect(body).toMatch(
      /format=metadata&fields=id%2CthreadId%2ClabelIds%2CinternalDate%2Cpayload%2Fheaders/,
    );
    expect(body).not.toMatch(/snippet/);
  });

  it('lets the epoch fence see a request leave before its answer is in (I4)', async () => {
    await rig.emulator.setLatency({ rules: [{ ms: 300 }] });
    const events: string[] = [];
    const { access_token } = await rig.emulator.issueTokens({
      address: ADDRESS,
      clientId: rig.options.clientId,
    });
    const signal = AbortSignal.timeout(5_000);
    const provider = createGmailProvider(rig.options, {
      gate: async (call, start) => {
        const { result, sent } = untilSent(() => start({ accessToken: access_token, signal }));
        await sent;
        events.push(`${call.method} sent`);
        const answer = await result;
        events.push('answered');
        return answer;
      },
    });
    const waiting = [provider.profile(), provider.fetchMessages(ids.slice(0, 2))];
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(events.toSorted()).toEqual(['getProfile sent', 'messages.get sent']);
    await Promise.all(waiting);
    await rig.emulator.setLatency({ rules: [] });
  });

  it('counts units and what it reads, and asks for an id once', async () => {
    const [a = '', b = ''] = ids;
    await (await rig.provider()).fetchMessages([a, b, a]);
    expect(rig.calls).toEqual([{ method: 'messages.get', units: 40, reads: { bodies: 2 } }]);
  });

  it('calls a message that is not there gone, beside the others', async () => {
    const got = await (await rig.provider()).fetchMessages([ids[0] ?? '', '00000000deadbeef']);
    expect(got.map(({ outcome }) => outcome)).toEqual(['found', 'gone']);
  });

  it('lets one throttled or failing part wait while the rest is delivered (D1.40)', async () => {
    const [a = '', b = '', c = ''] = ids;
    const arm = (messageId: string, preset: 'concurrent429' | 'backend500') =>
      rig.emulator.armFault({ messageId, effect: { kind: 'preset', preset } });
    await arm(a, 'concurrent429');
    await arm(b, 'backend500');
    const got = await (await rig.provider()).fetchMessages([a, b, c]);
    expect(got).toMatchObject([
      { id: a, outcome: 'retry' },
      { id: b, outcome: 'retry' },
      { id: c, outcome: 'found' },
    ]);
  });

  it('reads a large body that Gmail hands out as an attachment, for its price', async () => {
    const text = `start ${'words '.repeat(10_000)}end`;
    const { id } = await rig.emulator.addMessage({ address: ADDRESS, from: 'a@x.com', text });
    const [got] = await (await rig.provider()).fetchMessages([id]);
    if (got?.outcome !== 'found') throw new Error('not found');
    expect(got.message.text?.trim()).toBe(text);
    expect(rig.calls.map(({ method, units }) => [method, units])).toEqual([
      ['messages.get', 20],
      ['attachments.get', 20],
    ]);
    const [bounded] = await (await rig.provider({ maxBodyBytes: 1_000 })).fetchMessages([id]);
    expect(bounded).toMatchObject({ outcome: 'found', message: { text: null } });
  });

  it('falls back to single gets when a batch is too large, and names what stays too large', async () => {
    const some = ids.slice(0, 10);
    const limit = { maxResponseBytes: 30_000 };
    const got = await (await rig.provider(limit)).fetchMessages(some);
    expect(got.map(({ outcome }) => outcome)).toEqual(some.map(() => 'found'));
    const [tiny] = await (await rig.provider({ maxResponseBytes: 300 })).fetchMessages(some);
    expect(tiny).toMatchObject({ outcome: 'unreadable', code: 'too_large' });
  });

  it('finds every message of the contacts, and not the whole mailbox', async () => {
    const provider = await rig.provider();
    const addresses = bulk.contacts.flatMap((contact) => contact.addresses);
    const found = await provider.search(contactsQuery(addresses), null);
    expect(new Set(found.ids).size).toBe(found.ids.length);
    for (const id of bulk.matchingIds) expect(found.ids).toContain(id);
    expect(found.ids.length).toBeLessThan(ids.length);
  });

  it('narrows a search by label, and by label alone', async () => {
    const provider = await rig.provider();
    const spec = { address: ADDRESS, from: 'zoe@z.net', labels: ['INBOX', 'Customers'] };
    const { id } = await rig.emulator.addMessage(spec);
    const choices = await provider.listScopeChoices();
    const labelId = choices.find(({ name }) => name === 'Customers')?.id ?? '';
    const scope = { kind: 'label', labelId } as const;
    const query = { ...contactsQuery([]), addresses: null, scope };
    expect((await provider.search(query, null)).ids).toEqual([id]);
    const none = { ...contactsQuery(['nobody@z.net']), scope };
    expect((await provider.search(none, null)).ids).toEqual([]);
  });

  it('asks nothing when a contacts search has no address', async () => {
    const page = await (await rig.provider()).search(contactsQuery([]), null);
    expect(page).toEqual({ ids: [], nextPageToken: null });
    expect(rig.calls).toEqual([]);
  });

  it('says so when Gmail forgot a page token', async () => {
    const asked = (await rig.provider()).search(contactsQuery(['a@x.com']), 'nonsense');
    await expect(asked).rejects.toMatchObject({ name: 'PageTokenInvalid' });
  });
});
