import { requireAccount } from '../../control/accounts.ts';
import type { AddMessage, EmulatorControl } from '../../control/contract.ts';
import { addMessage } from '../../control/messages.ts';
import { ThreadKeys } from '../../control/thread-keys.ts';
import type { GoogleContext } from '../../google/context.ts';
import { Random } from '../../shared/random.ts';
import type { SeedContact } from '../people.ts';
import { type ContactKey, DEMO_CONTACTS } from './contacts.ts';
import { abroadConversations } from './conversations/abroad.ts';
import { restaurantConversations } from './conversations/restaurants.ts';
import { supplierConversations } from './conversations/suppliers.ts';
import { DRAFTS, ODDITIES, rawOddities } from './oddities.ts';
import type { Conversation, Line, Speaker } from './script.ts';
import { JUNK, newsletters, STRANGERS } from './strangers.ts';

export interface DemoOptions {
  /** Default maya@brightwater.example. */
  address?: string;
  displayName?: string;
}

export interface DemoMailboxResult {
  address: string;
  displayName: string;
  /** Whom to put into the CRM. */
  contacts: SeedContact[];
  messages: number;
  /** Names of the user labels. */
  labels: string[];
}

const DAY_MS = 24 * 3600_000;
const DAYS = 100;
const CONVERSATIONS: readonly Conversation[] = [
  ...restaurantConversations,
  ...abroadConversations,
  ...supplierConversations,
];

interface Planned {
  atMs: number;
  mail: Omit<AddMessage, 'address'>;
}

/** A hundred days in the life of one seller, laid down oldest first. History starts afterwards. */
export const demoMailbox = async (
  context: GoogleContext,
  createAccount: EmulatorControl['createAccount'],
  options: DemoOptions = {},
): Promise<DemoMailboxResult> => {
  const address = (options.address ?? 'maya@brightwater.example').toLowerCase();
  const displayName = options.displayName ?? 'Maya Lindqvist';
  const aliases = [{ address: 'sales@brightwater.example', displayName }];
  if (!context.accounts.has(address)) await createAccount({ address, displayName, aliases });
  const { mailbox } = requireAccount(context, address);
  const now = context.clock.now();
  const me = `${displayName} <${address}>`;
  const planned = [...talk(me, now), ...rest(address, now)].sort((a, b) => a.atMs - b.atMs);
  const threads = new ThreadKeys();
  for (const { atMs, mail } of planned) {
    const to = mail.to ?? (mail.as === 'sent' ? undefined : me);
    const from = mail.from ?? me;
    addMessage(
      mailbox,
      { ...mail, address, from, ...(to && { to }), internalDate: atMs },
      now,
      threads,
    );
  }
  mailbox.forgetHistory();
  return {
    address,
    displayName,
    contacts: Object.values(DEMO_CONTACTS),
    messages: mailbox.size,
    labels: mailbox.labels.list().flatMap((label) => (label.type === 'user' ? [label.name] : [])),
  };
};

const timeOf = (daysAgo: number, time: string, now: number): number => {
  const midnight = now - (now % DAY_MS) - daysAgo * DAY_MS;
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return midnight + hours * 3600_000 + minutes * 60_000;
};

const addressOf = (speaker: Speaker, me: string): string => {
  if (speaker === 'me') return me;
  const { name, addresses } = DEMO_CONTACTS[speaker];
  return `${name} <${addresses[0]}>`;
};

const talk = (me: string, now: number): Planned[] =>
  CONVERSATIONS.flatMap((conversation) =>
    conversation.lines.map((said, index) => {
      const before = conversation.lines[index - 1];
      return {
        atMs: timeOf(said.daysAgo, said.time, now),
        mail: speak(conversation, said, before, me, now),
      };
    }),
  );

const speak = (
  conversation: Conversation,
  said: Line,
  before: Line | undefined,
  me: string,
  now: number,
): Omit<AddMessage, 'address'> => {
  const sent = said.from === 'me';
  const others = conversation.with.map((key: ContactKey) => addressOf(key, me)).join(', ');
  const read = said.daysAgo > 3;
  return {
    threadKey: conversation.key,
    subject: before ? `Re: ${conversation.subject}` : conversation.subject,
    from: addressOf(said.from, me),
    to: sent ? others : me,
    text: before ? `${said.text}\n\n${quote(before, me, now)}` : said.text,
    labels: [
      ...(sent
        ? ['SENT']
        : ['INBOX', 'CATEGORY_PERSONAL', 'IMPORTANT', ...(read ? [] : ['UNREAD'])]),
      ...(conversation.labels ?? []),
    ],
    ...said.more,
  };
};

const quote = (before: Line, me: string, now: number): string => {
  const day = new Date(timeOf(before.daysAgo, before.time, now)).toDateString();
  const quoted = before.text.split('\n').map((text) => `> ${text}`);
  return `On ${day}, ${addressOf(before.from, me)} wrote:\n${quoted.join('\n')}`;
};

/** Everything that is no conversation, at an hour of its own. */
const rest = (address: string, now: number): Planned[] => {
  const random = new Random('demo');
  const stamp = (daysAgo: number) => new Date(now - daysAgo * DAY_MS).toUTCString();
  const timed = [
    ...newsletters(random, DAYS),
    ...STRANGERS,
    ...JUNK,
    ...ODDITIES,
    ...rawOddities(address, stamp),
    ...DRAFTS,
  ];
  return timed.map(([daysAgo, mail]) => {
    const time = `${random.between(5, 21)}:${random.between(0, 59)}`;
    return { atMs: timeOf(daysAgo, time, now), mail };
  });
};
