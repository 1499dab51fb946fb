import { lookup } from 'node:dns/promises';
import { z } from 'zod';
import type { Config, Settings } from '../../config/config.ts';
import { isPublicAddress } from '../../webhooks/public-address.ts';
import { ask, jsonOf } from './ask.ts';
import { judgeDate } from './clock.ts';
import { bad, type Finding, hint, isHere, ok, reasonOf } from './finding.ts';

/** The app registration, its redirect addresses, and where notifications go; docs/setup-microsoft.md. */
export async function checkMicrosoft(config: Config): Promise<Finding[]> {
  const { settings } = config;
  if (!settings.MICROSOFT_CLIENT_ID) {
    return [hint('MICROSOFT_CLIENT_ID is not set: no Outlook inbox can be connected')];
  }
  return [
    ...(await checkApp(config)),
    checkRedirects(settings),
    ...(await checkNotificationUrl(settings)),
  ];
}

/** providers.md of Entra's numbers: what each says of the app. */
const REFUSALS: Readonly<Record<number, string>> = {
  700016: 'there is no app of this MICROSOFT_CLIENT_ID in MICROSOFT_TENANT',
  7000215: 'MICROSOFT_CLIENT_SECRET is wrong: take the secret’s value, not its id',
  7000222: 'MICROSOFT_CLIENT_SECRET has ended: add another secret to the app',
  90002: 'there is no tenant MICROSOFT_TENANT',
};
const Refusal = z.object({ error: z.string(), error_codes: z.array(z.number()).default([]) });

/** A grant that cannot exist asks after the app. */
async function checkApp({ settings, secrets }: Config): Promise<Finding[]> {
  const { MICROSOFT_LOGIN_ROOT: root, MICROSOFT_TENANT: tenant } = settings;
  try {
    const answer = await ask(`${root}/${tenant}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: 'sambandh-doctor',
        client_id: settings.MICROSOFT_CLIENT_ID ?? '',
        client_secret: secrets.MICROSOFT_CLIENT_SECRET?.reveal() ?? '',
        scope: 'offline_access User.Read Mail.Read',
      }),
    });
    const refusal = Refusal.safeParse(jsonOf(answer)).data;
    const number = refusal?.error_codes.find((code) => code in REFUSALS);
    const app = number
      ? bad(`Microsoft refuses the app (AADSTS${number}): ${REFUSALS[number]}.`)
      : refusal?.error === 'invalid_client' || !refusal
        ? bad(`Microsoft’s token server answered ${answer.status} ${refusal?.error ?? ''}.`)
        : ok('Microsoft does not refuse MICROSOFT_CLIENT_ID and its secret');
    return [app, ...judgeDate('Microsoft', answer)];
  } catch (error) {
    return [
      bad(`Microsoft’s token server cannot be asked (${reasonOf(error)}). Check the way out.`),
    ];
  }
}

function checkRedirects({ PUBLIC_URL }: Settings): Finding {
  const paths = ['/oauth/microsoft/callback', '/oauth/microsoft/admin-consent'];
  const redirects = paths.map((path) => new URL(path, PUBLIC_URL).href).join(' and ');
  if (PUBLIC_URL.startsWith('https:') || isHere(PUBLIC_URL)) {
    return ok(`the app must list these redirect addresses as "Web": ${redirects}`);
  }
  return bad(`Microsoft takes no redirect to ${redirects}: PUBLIC_URL must be https.`);
}

async function checkNotificationUrl(settings: Settings): Promise<Finding[]> {
  const { GRAPH_PUSH_URL: origin } = settings;
  if (!origin) return [hint('GRAPH_PUSH_URL is not set: Outlook is polled every few minutes')];
  const url = new URL('/webhooks/outlook', origin);
  if (!isHere(settings.GRAPH_API_ROOT)) {
    if (url.protocol !== 'https:') {
      return [bad('GRAPH_PUSH_URL must be https: Microsoft sends notifications nowhere else.')];
    }
    const hidden = await privateAddressOf(url.hostname);
    if (hidden) return [bad(`GRAPH_PUSH_URL: Microsoft cannot reach ${url.hostname} (${hidden}).`)];
  }
  return [await askAsGraph(url)];
}

/** @returns why the internet cannot reach a host; null when it can */
async function privateAddressOf(hostname: string): Promise<string | null> {
  try {
    const found = await lookup(hostname, { all: true });
    const hidden = found.find(({ address }) => !isPublicAddress(address));
    return hidden ? `${hidden.address} is not public` : null;
  } catch (error) {
    return `its name cannot be looked up: ${reasonOf(error)}`;
  }
}

/** Graph's first question to a notification address: the same text, within 10 s. */
async function askAsGraph(url: URL): Promise<Finding> {
  const token = 'sambandh-doctor';
  url.searchParams.set('validationToken', token);
  try {
    const answer = await ask(url, { method: 'POST' });
    if (answer.ok && answer.text === token) return ok('GRAPH_PUSH_URL leads to our API');
    return bad(
      `GRAPH_PUSH_URL does not lead to our API: ${url.pathname} answered ${answer.status}.`,
    );
  } catch (error) {
    return bad(
      `GRAPH_PUSH_URL does not answer (${reasonOf(error)}). Start the API, or correct it.`,
    );
  }
}
