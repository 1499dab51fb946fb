import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ANN, BOB, type Person, type Rig, seedInbox, startRig, tokenOf, until } from './support.ts';

interface Version {
  inboxId: string;
  version: string;
}

/** A page's stream: every event that has come, newest last. */
class Stream implements AsyncDisposable {
  readonly events: Version[][] = [];
  readonly #ending = new AbortController();
  readonly response: Response;

  static async open(rig: Rig, person: Person): Promise<Stream> {
    const ending = new AbortController();
    const headers = { authorization: `Bearer ${await tokenOf(person)}` };
    const response = await rig.raw('/api/v1/events', { headers, signal: ending.signal });
    return new Stream(response, ending);
  }

  private constructor(response: Response, ending: AbortController) {
    this.response = response;
    this.#ending = ending;
    if (response.ok) this.#read().catch(() => {});
  }

  /** Waits for an event beyond those that have come. @returns the newest */
  async next(seen: number): Promise<Version[]> {
    await until(() => this.events.length > seen);
    return this.events.at(-1) ?? [];
  }

  async #read(): Promise<void> {
    const text = this.response.body?.pipeThrough(new TextDecoderStream());
    let rest = '';
    for await (const part of text ?? []) {
      const blocks = (rest + part).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^event: inboxes\ndata: (.*)$/m.exec(block)?.[1];
        if (data) this.events.push(JSON.parse(data));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
  }
}

describe('the stream of changes', () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it('I5 tells of the caller’s own inboxes alone, at once and when they change', async () => {
    const ann = await seedInbox(rig, ANN, 'ann@gmail.com');
    const bob = await seedInbox(rig, BOB, 'bob@gmail.com');
    await using annsPage = await Stream.open(rig, ANN);
    await using bobsPage = await Stream.open(rig, BOB);
    expect(annsPage.response.headers.get('content-type')).toContain('text/event-stream');
    const first = await annsPage.next(0);
    expect(first.map(({ inboxId }) => inboxId)).toEqual([ann.inboxId]);
    const bobs = await bobsPage.next(0);
    expect(bobs.map(({ inboxId }) => inboxId)).toEqual([bob.inboxId]);

    await rig.call(ANN, 'POST', `/api/v1/inboxes/${ann.inboxId}/disconnect`);
    const changed = await annsPage.next(1);
    expect(changed[0]?.version).not.toBe(first[0]?.version);
    expect(bobsPage.events).toEqual([bobs]);

    // A page that comes back after a break is told where things stand.
    await using again = await Stream.open(rig, ANN);
    expect(await again.next(0)).toEqual(changed);
  });

  it('is refused without a token, and to whoever opens too many', async () => {
    expect((await rig.raw('/api/v1/events')).status).toBe(401);
    await using streams = new AsyncDisposableStack();
    const statuses: number[] = [];
    for (let i = 0; i < 11; i++) {
      const stream = streams.use(await Stream.open(rig, BOB));
      statuses.push(stream.response.status);
    }
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(200));
    expect(statuses[10]).toBe(429);
  });
});

describe('answers that are read again and again', () => {
  it('are sent again only when they have changed', async () => {
    await using rig = await startRig();
    const { inboxId } = await seedInbox(rig, ANN, 'ann@gmail.com');
    const path = `/api/v1/inboxes/${inboxId}`;
    const etag = (await rig.call(ANN, 'GET', path)).headers.get('etag') ?? '';
    const headers = { authorization: `Bearer ${await tokenOf(ANN)}`, 'if-none-match': etag };
    const same = await rig.raw(path, { headers });
    expect([same.status, await same.text()]).toEqual([304, '']);
    const list = '/api/v1/inboxes';
    const listTag = (await rig.call(ANN, 'GET', list)).headers.get('etag') ?? '';
    const listHeaders = { ...headers, 'if-none-match': listTag };
    expect((await rig.raw(list, { headers: listHeaders })).status).toBe(304);
    await rig.call(ANN, 'POST', `${path}/disconnect`);
    expect((await rig.raw(path, { headers })).status).toBe(200);
    expect((await rig.raw(list, { headers: listHeaders })).status).toBe(200);
  });
});

describe('the page’s files', () => {
  it('are small, kept for good, and may run nothing from elsewhere', async () => {
    await using rig = await startRig();
    const answer = await rig.raw('/', { headers: { 'accept-encoding': 'br' } });
    const html = await answer.text();
    expect(answer.headers.get('content-security-policy')).toMatch(/script-src 'self';/);
    expect(html).not.toMatch(/<script>|<style|\son\w+=/);
    const paths = [...html.matchAll(/(?:href|src)="(\/web\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(20);
    for (const path of new Set(paths)) {
      const file = await rig.raw(path, { headers: { 'accept-encoding': 'br' } });
      expect(file.status, path).toBe(200);
      expect(file.headers.get('content-encoding')).toBe('br');
      expect(file.headers.get('cache-control')).toContain('immutable');
    }
    expect((await rig.raw('/web/0/main.ts')).status).toBe(404);
  });
});
