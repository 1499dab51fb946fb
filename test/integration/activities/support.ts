import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import type { ActivityDeps } from '../../../activities/deps.ts';
import { readConfig } from '../../../config/config.ts';
import type { MailMessage, Participant } from '../../../domain/message.ts';
import { GMAIL_QUERY_LIMITS } from '../../../domain/search-plan.ts';
import type { ChangePage, Fetched, MailProvider } from '../../../providers/mail-provider.ts';
import { sealCursor, sealProfile, sealTokens } from '../../../vault/inbox-seals.ts';
import type { TestDatabase } from '../../support/database.ts';
import { noPace, required } from '../../support/environment.ts';
import { type connect, DAY_MS, keys } from '../db/fixtures.ts';

const { settings } = readConfig(required());

/** Real Postgres, and a mailbox that is as much of one as the test needs. */
export const depsWith = (
  database: TestDatabase,
  mailbox: Partial<MailProvider>,
  more: Partial<ActivityDeps> = {},
): ActivityDeps => ({
  database: database.worker,
  keyRing: keys,
  mailboxes: {
    openSender: async () => {
      throw new Error('nothing is sent here');
    },
    open: async () =>
      ({
        listsAtOnce: 1,
        listsWhole: () => false,
        queryLimits: GMAIL_QUERY_LIMITS,
        ...mailbox,
      }) as MailProvider,
  },
  runningInboxes: { list: async () => [], cancel: async () => {} },
  mailer: { send: async () => {} },
  pace: noPace,
  settings,
  log: pino({ level: 'silent' }),
  now: () => Date.now(),
  ...more,
});

const ME = 'me@x.example';
const HEAD = { v: 1, provider: 'gmail', historyId: '9' } as const;

/** A connection whose seals open. */
export const sealed = (orgId: string): Parameters<typeof connect>[2] => ({
  now: Date.now(),
  seal: (id, key) => ({
    profileCt: sealProfile(
      key,
      { orgId, id },
      {
        address: ME,
        ownAddresses: [ME],
        notifyAddress: ME,
        scopeName: null,
      },
    ),
    tokensCt: sealTokens(key, { orgId, id }, { accessToken: 'a', expiresAt: 1, renewal: 'r' }),
    cursorCt: sealCursor(key, { orgId, id }, HEAD),
  }),
});

/** From the first address, to the others. */
export const message = (id: string, ...addresses: string[]): Fetched<MailMessage> => ({
  id,
  outcome: 'found',
  message: {
    providerMessageId: id,
    providerThreadId: id,
    state: 'mail',
    labelIds: [],
    receivedAt: Date.now() - 5 * DAY_MS,
    participants: addresses.map(
      (address, i): Participant => ({ role: i === 0 ? 'from' : 'cc', name: '', address }),
    ),
    rfcMessageId: `${id}@x.example`,
    subject: 'subject',
    snippet: '',
    text: 'text',
    html: null,
    attachments: [],
    inReplyTo: null,
    references: [],
    defects: [],
  },
});

export const changesOf = (touchedIds: string[]): ChangePage => ({
  touchedIds,
  deletedIds: [],
  nextPageToken: null,
  cursor: HEAD,
});

export const inActivity = <T>(work: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment().run(work);
