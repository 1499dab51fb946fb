import type { Logger } from 'pino';
import type { ActivityDeps } from '../activities/deps.ts';
import { createMailer } from '../activities/mailer.ts';
import type { Config } from '../config/config.ts';
import { openKeyRing } from '../crypto/key-ring.ts';
import { parseLookupKey } from '../crypto/lookup.ts';
import { openChecked } from '../db/open-checked.ts';
import { gmailKit, gmailPace } from '../session/gmail-kit.ts';
import { graphKit, outlookPace } from '../session/graph-kit.ts';
import { createMailboxes } from '../session/mailboxes.ts';

export interface WorkerDeps extends Omit<ActivityDeps, 'runningInboxes'>, AsyncDisposable {}

/** Everything activities use, opened once; disposing closes it. */
export async function openDeps(config: Config, log: Logger): Promise<WorkerDeps> {
  const { settings, secrets } = config;
  const keyRing = await openKeyRing(config);
  const database = await openChecked({
    setting: 'DATABASE_URL_WORKER',
    url: secrets.DATABASE_URL_WORKER,
    poolMax: settings.DATABASE_POOL_MAX,
  });
  const now = (): number => Date.now();
  return {
    database,
    keyRing,
    settings,
    log,
    now,
    mailboxes: createMailboxes({
      database,
      keyRing,
      lookupKey: parseLookupKey(secrets.LOOKUP_KEY.reveal()),
      kits: { gmail: gmailKit(config), outlook: graphKit(config) },
      timeoutMs: settings.PROVIDER_TIMEOUT_MS,
      now,
    }),
    pace: { gmail: gmailPace(config), outlook: outlookPace(config) },
    mailer: createMailer({ smtpUrl: secrets.SMTP_URL, from: settings.MAIL_FROM }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
