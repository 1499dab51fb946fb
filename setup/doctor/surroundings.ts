import { createTransport } from 'nodemailer';
import { z } from 'zod';
import type { Config, Settings } from '../../config/config.ts';
import { ask, jsonOf } from './ask.ts';
import { bad, type Finding, hint, ok, reasonOf } from './finding.ts';

const Keys = z.object({ keys: z.array(z.unknown()) });

/** What is neither a provider nor a store: mail to users, tokens of the CRM, ourselves. */
export async function checkSurroundings(config: Config): Promise<Finding[]> {
  const findings = await Promise.all([
    checkMail(config),
    checkTokens(config.settings),
    checkApi(config.settings),
  ]);
  return findings.flat();
}

async function checkMail({ secrets, settings }: Config): Promise<Finding> {
  const { SMTP_URL } = secrets;
  if (!SMTP_URL) return hint('SMTP_URL is not set: users get no mail when a backfill is done');
  try {
    await createTransport({ url: SMTP_URL.reveal(), connectionTimeout: 5_000 }).verify();
  } catch (error) {
    return bad(`SMTP_URL: the mail server does not take us (${reasonOf(error)}). Correct it.`);
  }
  if (settings.MAIL_FROM.includes('.invalid'))
    return bad('MAIL_FROM is not set to an address of yours.');
  return ok('the mail server takes us');
}

async function checkTokens({ JWT_JWKS_URL: url }: Settings): Promise<Finding[]> {
  if (!url) return [];
  try {
    const { data } = Keys.safeParse(jsonOf(await ask(url)));
    if (data && data.keys.length > 0) return [ok('JWT_JWKS_URL has keys')];
    return [bad('JWT_JWKS_URL has no keys: every caller will be refused.')];
  } catch (error) {
    return [bad(`JWT_JWKS_URL cannot be read (${reasonOf(error)}): every caller will be refused.`)];
  }
}

async function checkApi({ PUBLIC_URL }: Settings): Promise<Finding> {
  try {
    const answer = await ask(new URL('/readyz', PUBLIC_URL));
    if (answer.ok) return ok(`the API answers at ${PUBLIC_URL} and is ready`);
    return hint(`the API at ${PUBLIC_URL} is not ready (${answer.status})`);
  } catch (error) {
    return hint(`the API does not answer at ${PUBLIC_URL} (${reasonOf(error)}): is it started?`);
  }
}
