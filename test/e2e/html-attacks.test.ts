import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sanitiseHtml } from '../../api/sanitise-html.ts';
import {
  ANN,
  type Rig,
  seedInbox,
  seedMessage,
  startRig,
  tokenOf,
} from '../integration/api/support.ts';
import { openWindow, type Window } from '../support/browser.ts';
import { HANDMADE_ATTACKS, HTML_ATTACKS, RUN } from '../support/html-attacks.ts';

const MARK = 'here stands the mail';

/** What a browser did with a document: what it ran, and what it asked for besides. */
interface Seen {
  ran: boolean;
  asked: string[];
}

describe('mail HTML in a browser', () => {
  let rig: Rig;
  let window: Window;
  /** The answer that holds a message, as the API gives it: its policy and what is around the mail. */
  let frame: { headers: Record<string, string>; body: string };
  const asked: string[] = [];
  let document = { headers: {}, body: '' };

  const answerFor = async (images: 'show' | 'hide') => {
    const inbox = await seedInbox(rig, ANN, `${images}@gmail.example`);
    const id = await seedMessage(rig, inbox, { contactIds: ['carol'], html: `<p>${MARK}</p>` });
    const response = await rig.raw(`/api/v1/messages/${id}/html?images=${images}`, {
      headers: { authorization: `Bearer ${await tokenOf(ANN)}` },
    });
    expect(response.status).toBe(200);
    return { headers: Object.fromEntries(response.headers), body: await response.text() };
  };

  beforeAll(async () => {
    rig = await startRig();
    await rig.call(ANN, 'PUT', '/api/v1/contacts/carol', { addresses: ['carol@customer.example'] });
    frame = await answerFor('hide');
    window = await openWindow();
    await window.page.context().route('**', async (route) => {
      if (route.request().url() === 'https://crm.example/mail') return route.fulfill(document);
      asked.push(`${route.request().resourceType()} ${route.request().url()}`);
      await route.abort();
    });
  });
  afterAll(async () => {
    await window?.[Symbol.asyncDispose]();
    await rig?.[Symbol.asyncDispose]();
  });

  /** Opens a mail, and gives what is in it the time to load and to run. */
  const open = async (mail: string, { headers, body }: typeof frame): Promise<Seen> => {
    asked.length = 0;
    document = { headers, body: body.replace(`<p>${MARK}</p>`, () => mail) };
    await window.page.goto('https://crm.example/mail', { waitUntil: 'load' });
    // A picture is taken when all is laid out and painted, which starts what waits for that.
    await window.page.screenshot({ clip: { x: 0, y: 0, width: 8, height: 8 } });
    return { ran: (await window.page.title()) === '1', asked: [...asked] };
  };

  const clean = (mail: string, showRemoteImages: boolean): string =>
    sanitiseHtml(mail, { showRemoteImages, inlineImage: () => null }).html ?? '';

  it('neither runs nor loads anything, leads nowhere and breaks no policy', async () => {
    window.complaints.length = 0;
    // Cleaned, each ends where it ends, so that one document holds many.
    for (let from = 0; from < HTML_ATTACKS.length; from += 25) {
      const attacks = HTML_ATTACKS.slice(from, from + 25);
      const seen = await open(attacks.map((attack) => clean(attack, false)).join('\n'), frame);
      expect([attacks, seen]).toEqual([attacks, { ran: false, asked: [] }]);
    }
    expect(window.complaints).toEqual([]);
  });

  it('loads images alone when they are asked for', async () => {
    const shown = await answerFor('show');
    const mail = HTML_ATTACKS.map((attack) => clean(attack, true)).join('\n');
    const { ran, asked } = await open(mail, shown);
    expect(ran).toBe(false);
    expect(asked.filter((one) => !/^image https:\/\/(?:evil|t)\.example\//.test(one))).toEqual([]);
    expect(asked).not.toEqual([]);
  });

  it('runs nothing under the policy of the answer even where it is not cleaned', async () => {
    const ran: string[] = [];
    // Each needs a document of its own, so not all of them.
    for (const attack of HANDMADE_ATTACKS.filter((_, i) => i % 4 === 0)) {
      if ((await open(attack, frame)).ran) ran.push(attack);
    }
    expect(ran).toEqual([]);
  });

  it('is a browser that would: without cleaning and policy, mail runs and loads', async () => {
    const bare = { headers: { 'content-type': 'text/html' }, body: frame.body };
    expect((await open(`<img src=x onerror=${RUN}>`, bare)).ran).toBe(true);
    const { asked } = await open('<p style="background:url(https://evil.example/x)">x', bare);
    expect(asked).toEqual(['image https://evil.example/x']);
  });
});
