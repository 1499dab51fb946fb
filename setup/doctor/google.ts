import type { Config, Settings } from '../../config/config.ts';
import {
  ClientRefusedError,
  RequestRefusedError,
  TokenRevokedError,
} from '../../providers/errors.ts';
import { refreshTokens } from '../../providers/gmail/oauth.ts';
import { gmailOptions } from '../../session/gmail-kit.ts';
import { ask } from './ask.ts';
import { judgeDate } from './clock.ts';
import { bad, type Finding, hint, isHere, ok, reasonOf } from './finding.ts';

/** The OAuth client, its redirect address, and push; docs/setup-google.md says how each comes about. */
export async function checkGoogle(config: Config): Promise<Finding[]> {
  const { settings } = config;
  if (!settings.GOOGLE_CLIENT_ID) {
    return [hint('GOOGLE_CLIENT_ID is not set: no Gmail inbox can be connected')];
  }
  return [
    await checkClient(config),
    checkRedirect(settings),
    ...checkPush(settings),
    ...(await checkCerts(settings)),
  ];
}

/** Google tells a wrong client from a wrong grant, so a grant that cannot exist asks after the client. */
async function checkClient(config: Config): Promise<Finding> {
  const client = 'GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET';
  try {
    await refreshTokens(gmailOptions(config), 'sambandh-doctor');
  } catch (error) {
    if (error instanceof TokenRevokedError) return ok(`Google knows ${client}`);
    if (error instanceof ClientRefusedError || error instanceof RequestRefusedError) {
      return bad(
        `Google refuses ${client}: ${error.message}. Copy both from the client in the console.`,
      );
    }
    return bad(`Google’s token server cannot be asked: ${reasonOf(error)}. Check the way out.`);
  }
  return ok(`Google knows ${client}`);
}

function checkRedirect({ PUBLIC_URL }: Settings): Finding {
  const redirect = new URL('/oauth/google/callback', PUBLIC_URL).href;
  if (PUBLIC_URL.startsWith('https:') || isHere(PUBLIC_URL)) {
    return ok(`the client must list this redirect address, letter by letter: ${redirect}`);
  }
  return bad(`Google takes no redirect to ${redirect}: PUBLIC_URL must be https.`);
}

const TOPIC = /^projects\/[a-z][a-z0-9-]{4,28}[a-z0-9]\/topics\/[A-Za-z][\w.~+%-]{2,254}$/;
const SERVICE_ACCOUNT = /^[a-z][a-z0-9-]*@[a-z0-9-]+\.iam\.gserviceaccount\.com$/;

function checkPush(settings: Settings): Finding[] {
  const { GMAIL_PUBSUB_TOPIC: topic, GMAIL_PUSH_AUDIENCE: audience, PUBLIC_URL } = settings;
  if (!topic) return [hint('GMAIL_PUBSUB_TOPIC is not set: Gmail is polled every few minutes')];
  const endpoint = new URL('/webhooks/gmail', PUBLIC_URL).href;
  const standIn = isHere(settings.GMAIL_API_ROOT);
  const findings: Finding[] = [];
  if (!TOPIC.test(topic)) {
    findings.push(bad(`GMAIL_PUBSUB_TOPIC must read projects/<project>/topics/<topic>: ${topic}`));
  }
  if (!SERVICE_ACCOUNT.test(settings.GMAIL_PUSH_SERVICE_ACCOUNT ?? '')) {
    findings.push(
      bad(
        'GMAIL_PUSH_SERVICE_ACCOUNT must be the address of the account that the push subscription ' +
          'signs as (…@<project>.iam.gserviceaccount.com)',
      ),
    );
  }
  if (audience !== endpoint) {
    findings.push(
      hint(
        `GMAIL_PUSH_AUDIENCE is not ${endpoint}, which is what Pub/Sub takes where the ` +
          'subscription names none: see that the subscription names the same',
      ),
    );
  }
  if (!PUBLIC_URL.startsWith('https:') && !standIn) {
    findings.push(
      bad(`Pub/Sub pushes to https alone, not to ${endpoint}: PUBLIC_URL must be https.`),
    );
  }
  return findings.length > 0 ? findings : [ok(`push: ${topic} to ${endpoint}`)];
}

async function checkCerts({ GOOGLE_CERTS_URL: url }: Settings): Promise<Finding[]> {
  try {
    return judgeDate('Google', await ask(url));
  } catch (error) {
    return [bad(`the keys by which pushes are verified cannot be fetched (${reasonOf(error)})`)];
  }
}
