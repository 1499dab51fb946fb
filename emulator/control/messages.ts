import type { GoogleContext } from '../google/context.ts';
import type { Mailbox } from '../shared/mailbox/mailbox.ts';
import type { StoredMessage } from '../shared/mailbox/message.ts';
import { composeMessage } from '../shared/mime/compose.ts';
import { headerValue } from '../shared/mime/headers.ts';
import { parseTopHeaders } from '../shared/mime/tree.ts';
import { decodeWords } from '../shared/mime/words.ts';
import { requireAccount } from './accounts.ts';
import type { AddMessage, EmulatorControl, MessageRef, MessageView } from './contract.ts';
import { ControlError } from './control-error.ts';
import { ThreadKeys } from './thread-keys.ts';

const LABELS_AS = {
  receive: ['INBOX', 'UNREAD'],
  sent: ['SENT'],
  self: ['SENT', 'INBOX', 'UNREAD'],
} as const;

const toRef = ({ id, threadId }: StoredMessage): MessageRef => ({ id, threadId });

const toView = (message: StoredMessage): MessageView => {
  const headers = parseTopHeaders(message.raw);
  return {
    ...toRef(message),
    labelIds: [...message.labels],
    internalDate: message.internalDate,
    from: decodeWords(headerValue(headers, 'from') ?? ''),
    subject: decodeWords(headerValue(headers, 'subject') ?? ''),
    messageId: headerValue(headers, 'message-id') ?? '',
  };
};

/** Epoch ms from what the caller gave; a Date header that parses stands in for a missing one. */
const internalDateOf = (input: AddMessage, now: number): number => {
  const given = input.internalDate ?? input.date ?? undefined;
  if (typeof given === 'number') return given;
  const parsed = given === undefined ? Number.NaN : Date.parse(given);
  return Number.isNaN(parsed) ? now : parsed;
};

/** Puts one message into a mailbox. Shared by the control API and the seeds. */
export const addMessage = (
  mailbox: Mailbox,
  input: AddMessage,
  now: number,
  threads: ThreadKeys,
): StoredMessage => {
  const internalDate = internalDateOf(input, now);
  const names = [
    ...(input.as || !input.labels ? LABELS_AS[input.as ?? 'receive'] : []),
    ...(input.labels ?? []),
  ];
  const labels = [...new Set(names.map((name) => mailbox.labels.ensure(name)))];
  const unique = () => mailbox.random.hex(16);
  const raw =
    input.rawBase64 === undefined
      ? composeMessage(threads.thread(input, unique), { dateMs: internalDate, unique })
      : Buffer.from(input.rawBase64, 'base64');
  return mailbox.add({ raw, labels, internalDate });
};

type MessageControls = Pick<
  EmulatorControl,
  | 'addMessage'
  | 'listMessages'
  | 'rawMessage'
  | 'modifyLabels'
  | 'trash'
  | 'untrash'
  | 'markSpam'
  | 'markNotSpam'
  | 'deleteMessage'
  | 'saveDraft'
  | 'sendDraft'
>;

export const messageControls = (context: GoogleContext): MessageControls => {
  const threads = new ThreadKeys();
  const mailboxOf = (address: string) => requireAccount(context, address).mailbox;
  const now = () => context.clock.now();
  const require = (address: string, id: string): StoredMessage => {
    const message = mailboxOf(address).get(id);
    if (!message) throw new ControlError(`No message ${id} in ${address}`);
    return message;
  };
  const relabel = (address: string, id: string, add: string[], remove: string[]) => {
    const mailbox = mailboxOf(address);
    require(address, id);
    const known = (name: string) => mailbox.labels.ensure(name);
    mailbox.relabel(id, add.map(known), remove.map(known));
  };
  return {
    addMessage: async (input) => toRef(addMessage(mailboxOf(input.address), input, now(), threads)),
    listMessages: async ({ address, label }) =>
      [...mailboxOf(address).all()]
        .filter((message) => label === undefined || message.labels.includes(label))
        .map(toView),
    rawMessage: async ({ address, id }) => require(address, id).raw.toString('base64'),
    modifyLabels: async ({ address, id, add = [], remove = [] }) =>
      relabel(address, id, add, remove),
    trash: async ({ address, id }) => relabel(address, id, ['TRASH'], ['INBOX']),
    untrash: async ({ address, id }) => relabel(address, id, ['INBOX'], ['TRASH']),
    markSpam: async ({ address, id }) => relabel(address, id, ['SPAM'], ['INBOX']),
    markNotSpam: async ({ address, id }) => relabel(address, id, ['INBOX'], ['SPAM']),
    deleteMessage: async ({ address, id }) => {
      mailboxOf(address).delete(require(address, id).id);
    },
    saveDraft: async ({ id, ...input }) => {
      const mailbox = mailboxOf(input.address);
      if (id !== undefined) mailbox.delete(require(input.address, id).id);
      const draft = { ...input, as: undefined, labels: ['DRAFT'] };
      return toRef(addMessage(mailbox, draft, now(), threads));
    },
    sendDraft: async ({ address, id }) => {
      const mailbox = mailboxOf(address);
      const { raw, threadId } = require(address, id);
      mailbox.delete(id);
      return toRef(mailbox.add({ raw, labels: ['SENT'], internalDate: now(), threadId }));
    },
  };
};
