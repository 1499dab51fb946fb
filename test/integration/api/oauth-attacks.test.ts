import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_APP_ID, type Emulator, startEmulator } from '../../../emulator/index.ts';
import { ANN, BOB, type Person, type Rig, startRig, tokenOf } from './support.ts';

const CALLBACKS = { gmail: '/oauth/google/callback', outlook: '/oauth/microsoft/callback' };
type Provider = keyof typeof CALLBACKS;

/** A consent under way: its state, and the cookie of the browser it began in. */
interface Flow {
  state: string;
  cookie: string;
  authUrl: string;
}

describe('attacks on a consent', () => {
  let rig: Rig;
  let microsoft: Emulator;
  beforeAll(async () => {
    microsoft = await startEmulator();
    await microsoft.createOutlookAccount({ address: 'ann@nordic.example' });
    rig = await startRig({
      MICROSOFT_LOGIN_ROOT: microsoft.url,
      GRAPH_API_ROOT: microsoft.url,
      MICROSOFT_CLIENT_ID: DEFAULT_APP_ID,
      MICROSOFT_CLIENT_SECRET: 'emulator-secret',
    });
    await rig.emulator.createAccount({ address: 'ann@gmail.example' });
  });
  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
    await microsoft?.close();
  });

  const begin = async (person: Person, provider: Provider): Promise<Flow> => {
    const answer = await rig.raw('/api/v1/inboxes', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await tokenOf(person)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ provider }),
    });
    const { authorizationUrl: authUrl } = (await answer.json()) as { authorizationUrl: string };
    const cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    return { state: new URL(authUrl).searchParams.get('state') ?? '', cookie, authUrl };
  };

  /** The provider's own code for the mailbox of whoever consents. */
  const codeOf = async (provider: Provider, { authUrl }: Flow): Promise<string> => {
    const { redirectUrl } =
      provider === 'gmail'
        ? await rig.emulator.consent({ authUrl, address: 'ann@gmail.example' })
        : await microsoft.signIn({ url: authUrl, address: 'ann@nordic.example' });
    return new URL(redirectUrl).searchParams.get('code') ?? '';
  };

  const comeBack = (
    at: Provider,
    query: Record<string, string>,
    cookies: string,
  ): Promise<Response> =>
    rig.raw(`${CALLBACKS[at]}?${new URLSearchParams(query)}`, { headers: { cookie: cookies } });

  const sinceNow = async () => {
    const seqs = [await rig.emulator.accessLog(), await microsoft.accessLog()].map(
      (log) => log.at(-1)?.seq ?? 0,
    );
    return async (): Promise<string[]> =>
      [
        await rig.emulator.accessLog({ sinceSeq: seqs[0] ?? 0 }),
        await microsoft.accessLog({ sinceSeq: seqs[1] ?? 0 }),
      ].flatMap((log) => log.map(({ method }) => method));
  };

  it('the way there and back works for both, or what follows would show nothing', async () => {
    for (const provider of ['gmail', 'outlook'] as const) {
      const flow = await begin(ANN, provider);
      const code = await codeOf(provider, flow);
      const answer = await comeBack(provider, { state: flow.state, code }, flow.cookie);
      expect([provider, answer.status]).toEqual([provider, 200]);
    }
  });

  const MIXED: [string, Provider, Provider, Provider][] = [
    ['Google’s code with Outlook’s state, at Google’s address', 'gmail', 'outlook', 'gmail'],
    ['Google’s code with Outlook’s state, at Microsoft’s address', 'gmail', 'outlook', 'outlook'],
    ['Microsoft’s code with Gmail’s state, at Microsoft’s address', 'outlook', 'gmail', 'outlook'],
    ['Microsoft’s code with Gmail’s state, at Google’s address', 'outlook', 'gmail', 'gmail'],
    ['Outlook’s own answer at Google’s address', 'outlook', 'outlook', 'gmail'],
    ['Gmail’s own answer at Microsoft’s address', 'gmail', 'gmail', 'outlook'],
  ];

  it.each(MIXED)('mix-up: %s connects nothing', async (_what, codeBy, stateOf, at) => {
    const flow = await begin(BOB, stateOf);
    const from = codeBy === stateOf ? flow : await begin(BOB, codeBy);
    const code = await codeOf(codeBy, from);
    const before = await rig.counts();
    const calls = await sinceNow();
    const answer = await comeBack(at, { state: flow.state, code }, flow.cookie);
    expect(answer.status).toBe(400);
    // A code of one provider goes to the other in no case but this, which its address cannot tell.
    const asked = at === stateOf ? 1 : 0;
    expect((await calls()).length).toBeLessThanOrEqual(asked);
    const again = await comeBack(stateOf, { state: flow.state, code }, flow.cookie);
    expect(await again.text()).toContain('has expired or was used before');
    const { oauth_states: _1, ...left } = before;
    const { oauth_states: _2, ...now } = await rig.counts();
    expect(now).toEqual(left);
  });

  it('fixation: another user’s browser and session cannot finish the flow, and end it', async () => {
    const flow = await begin(ANN, 'gmail');
    const code = await codeOf('gmail', flow);
    const bobs = await begin(BOB, 'gmail');
    const signedIn = await rig.raw('/session', {
      method: 'POST',
      headers: { authorization: `Bearer ${await tokenOf(BOB)}` },
    });
    const session = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect(session).toContain('sambandh-session=');
    const before = await rig.counts();
    const query = { state: flow.state, code };
    const victim = await comeBack('gmail', query, `${bobs.cookie}; ${session}`);
    expect(await victim.text()).toContain('another browser');
    expect((await comeBack('gmail', query, flow.cookie)).status).toBe(400);
    expect(await rig.counts()).toEqual(before);
  });

  it('a code of another flow does not fit: each has a PKCE verifier of its own', async () => {
    const [mine, theirs] = [await begin(BOB, 'gmail'), await begin(ANN, 'gmail')];
    const code = await codeOf('gmail', theirs);
    const { oauth_states: _1, ...before } = await rig.counts();
    const answer = await comeBack('gmail', { state: mine.state, code }, mine.cookie);
    expect(await answer.text()).toContain('did not accept the sign-in');
    const { oauth_states: _2, ...now } = await rig.counts();
    expect(now).toEqual(before);
  });
});
