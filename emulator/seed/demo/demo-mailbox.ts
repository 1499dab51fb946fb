import { type EmulatorContext, hasAddress, requireTarget } from '../../control/context.ts';
import type { AddMessage, EmulatorControl } from '../../control/contract.ts';
import { addMessage } from '../../control/messages.ts';
import { ThreadKeys } from '../../control/thread-keys.ts';
import { Random } from '../../shared/random.ts';
import type { SeedContact } from '../people.ts';
import { type ContactKey, DEMO_CONTACTS } from './contacts.ts';
import { abroadConversations } from './conversations/abroad.ts';
import { restaurantConversations } from './conversations/restaurants.ts';
import { supplierConversations } from './conversations/suppliers.ts';
import { DRAFTS, ODDITIES, rawOddities } from './oddities.ts';
import { OUTLOOK_FOLDERS, OUTLOOK_ODDITIES, OUTLOOK_SEARCHES } from './outlook-oddities.ts';
import type { Conversation, Line, Speaker } from './script.ts';
import { JUNK, newsletters, STRANGERS, type Timed } from './strangers.ts';

export interface DemoOptions {
  /** Default google. The Outlook twin has the same mail in folders, and oddities of its own. */
  provider?: 'google' | 'microsoft';
  /** Default maya@brightwater.example, or maya.lindqvist@brightwater-nordic.example on Outlook. */
  address?: string;
  displayName?: string;
}

export interface DemoMailboxResult {
  address: string;
  displayName: string;
  /** Whom to put into the CRM. */
  contacts: SeedContact[];
  messages: number;
  /** Names of the user labels, or paths of the user's folders. */
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

const DEFAULT_ADDRESS = {
  google: 'maya@brightwater.example',
  microsoft: 'maya.lindqvist@brightwater-nordic.example',
} as const;

type Creators = Pick<EmulatorControl, 'createAccount' | 'createOutlookAccount' | 'createFolder'>;

/** A hundred days in the life of one seller, laid down oldest first. History starts afterwards. */
export const demoMailbox = async (
  context: EmulatorContext,
  creators: Creators,
  options: DemoOptions = {},
): Promise<DemoMailboxResult> => {
  const provider = options.provider ?? 'google';
  const address = (options.address ?? DEFAULT_ADDRESS[provider]).toLowerCase();
  const displayName = options.displayName ?? 'Maya Lindqvist';
  if (!hasAddress(context, address)) await createOwner(creators, provider, address, displayName);
  const target = requireTarget(context, address);
  const now = context.google.clock.now();
  const me = `${displayName} <${address}>`;
  const oddities = target.outlook ? OUTLOOK_ODDITIES(me) : [];
  const planned = [...talk(me, now), ...rest(address, now, oddities)];
  const threads = new ThreadKeys();
  for (const { atMs, mail } of planned.sort((a, b) => a.atMs - b.atMs)) {
    const to = mail.to ?? (mail.as === 'sent' ? undefined : me);
    const from = mail.from ?? me;
    addMessage(
      target,
      { ...mail, address, from, ...(to && { to }), internalDate: atMs },
      now,
      threads,
    );
  }
  const { mailbox, outlook } = target;
  mailbox.forgetHistory();
  outlook?.forgetLogs();
  return {
    address,
    displayName,
    contacts: Object.values(DEMO_CONTACTS),
    messages: mailbox.size,
    labels: outlook
      ? outlook.folders
          .all()
          .flatMap((folder) => (folder.wellKnown ? [] : [outlook.folders.pathOf(folder)]))
      : mailbox.labels.list().flatMap((label) => (label.type === 'user' ? [label.name] : [])),
  };
};

const createOwner = async (
  { createAccount, createOutlookAccount, createFolder }: Creators,
  provider: 'google' | 'microsoft',
  address: string,
  displayName: string,
): Promise<void> => {
  const sales = `sales@${address.split('@')[1]}`;
  if (provider === 'google') {
    await createAccount({ address, displayName, aliases: [{ address: sales, displayName }] });
    return;
  }
  await createOutlookAccount({ address, displayName, aliases: [sales], folders: OUTLOOK_FOLDERS });
  for (const search of OUTLOOK_SEARCHES) await createFolder({ address, ...search });
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
const rest = (address: string, now: number, more: readonly Timed[]): Planned[] => {
  const random = new Random('demo');
  const stamp = (daysAgo: number) => new Date(now - daysAgo * DAY_MS).toUTCString();
  const timed = [
    ...newsletters(random, DAYS),
    ...STRANGERS,
    ...JUNK,
    ...ODDITIES,
    ...rawOddities(address, stamp),
    ...DRAFTS,
    ...more,
  ];
  return timed.map(([daysAgo, mail]) => {
    const time = `${random.between(5, 21)}:${random.between(0, 59)}`;
    return { atMs: timeOf(daysAgo, time, now), mail };
  });
};
