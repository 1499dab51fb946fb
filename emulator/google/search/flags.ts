import type { Mailbox } from '../../shared/mailbox/mailbox.ts';
import type { StoredMessage } from '../../shared/mailbox/message.ts';
import { parseMime } from '../../shared/mime/tree.ts';
import { hasAttachment } from './index.ts';

type Test = (message: StoredMessage) => boolean;

const IN: Record<string, string> = {
  inbox: 'INBOX',
  sent: 'SENT',
  draft: 'DRAFT',
  drafts: 'DRAFT',
  trash: 'TRASH',
  bin: 'TRASH',
  spam: 'SPAM',
  chat: 'CHAT',
  chats: 'CHAT',
  starred: 'STARRED',
  important: 'IMPORTANT',
  unread: 'UNREAD',
};

const CATEGORY: Record<string, string> = {
  primary: 'CATEGORY_PERSONAL',
  personal: 'CATEGORY_PERSONAL',
  social: 'CATEGORY_SOCIAL',
  promotions: 'CATEGORY_PROMOTIONS',
  updates: 'CATEGORY_UPDATES',
  forums: 'CATEGORY_FORUMS',
};

const never: Test = () => false;
const always: Test = () => true;

const carries =
  (label: string | undefined): Test =>
  (message) =>
    label !== undefined && message.labels.includes(label);

/** `label:` takes the name with blanks and slashes as hyphens: label:clients-acme. */
const hyphened = (name: string): string => name.toLowerCase().replace(/[\s/&]+/g, '-');

/** The label id that a name in a query means. */
const labelNamed = (mailbox: Mailbox, name: string): string | undefined => {
  const wanted = hyphened(name);
  return IN[wanted] ?? mailbox.labels.list().find((label) => hyphened(label.name) === wanted)?.id;
};

const userLabels = (mailbox: Mailbox, message: StoredMessage): boolean =>
  message.labels.some((id) => mailbox.labels.get(id)?.type === 'user');

/** The test behind in:, is:, has:, label: and category:, all of which look at labels alone. */
export const flagTest = (mailbox: Mailbox, field: string, value: string): Test => {
  const name = value.toLowerCase();
  switch (field) {
    case 'in':
      if (name === 'anywhere' || name === 'all') return always;
      return carries(labelNamed(mailbox, name));
    case 'label':
      return carries(labelNamed(mailbox, name));
    case 'category':
      return carries(CATEGORY[name]);
    case 'is':
      return isTest(name);
    case 'has':
      return hasTest(mailbox, name);
    default:
      return never;
  }
};

const isTest = (name: string): Test => {
  if (name === 'read') return (message) => !message.labels.includes('UNREAD');
  return carries(IN[name]);
};

const hasTest = (mailbox: Mailbox, name: string): Test => {
  switch (name) {
    case 'attachment':
      return (message) => hasAttachment(parseMime(message.raw));
    case 'userlabels':
      return (message) => userLabels(mailbox, message);
    case 'nouserlabels':
      return (message) => !userLabels(mailbox, message);
    default:
      return never;
  }
};
