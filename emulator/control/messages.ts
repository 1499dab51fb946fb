import type { StoredMessage } from '../shared/mailbox/message.ts';
import { composeMessage } from '../shared/mime/compose.ts';
import { headerValue } from '../shared/mime/headers.ts';
import { parseTopHeaders } from '../shared/mime/tree.ts';
import { decodeWords } from '../shared/mime/words.ts';
import { type EmulatorContext, type MailTarget, requireTarget } from './context.ts';
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

/** Gmail's tabs and its importance marker are nothing in Outlook. */
const GMAIL_ONLY = /^(CATEGORY_|IMPORTANT$)/;

const labelsOf = ({ mailbox, outlook }: MailTarget, input: AddMessage): string[] => {
  const { folder } = input;
  const names = [
    ...(input.as || (!input.labels && !folder) ? LABELS_AS[input.as ?? 'receive'] : []),
    ...(input.labels ?? []),
  ];
  const wanted = outlook ? names.filter((name) => !GMAIL_ONLY.test(name)) : names;
  const labels = wanted.map((name) => mailbox.labels.ensure(name));
  if (outlook && folder) labels.push(outlook.folders.labelOf(outlook.folders.ensurePath(folder)));
  return [...new Set(labels)];
};

/** The bytes a spec or its raw text stands for. */
const rawOf = (
  { mailbox }: MailTarget,
  input: AddMessage,
  internalDate: number,
  threads: ThreadKeys,
): Buffer => {
  const unique = () => mailbox.random.hex(16);
  return input.rawBase64 === undefined
    ? composeMessage(threads.thread(input, unique), { dateMs: internalDate, unique })
    : Buffer.from(input.rawBase64, 'base64');
};

/** Puts one message into a mailbox. Shared by the control API and the seeds. */
export const addMessage = (
  target: MailTarget,
  input: AddMessage,
  now: number,
  threads: ThreadKeys,
): StoredMessage => {
  const { mailbox, outlook } = target;
  const internalDate = internalDateOf(input, now);
  const labels = labelsOf(target, input);
  const raw = rawOf(target, input, internalDate, threads);
  if (!outlook || !labels.includes('SENT') || !labels.includes('INBOX')) {
    return mailbox.add({ raw, labels, internalDate });
  }
  // In Outlook a message to oneself is two: the sent copy, and the one that arrived.
  const { threadId } = mailbox.add({ raw, labels: ['SENT'], internalDate });
  const arrived = labels.filter((label) => label !== 'SENT');
  return mailbox.add({ raw, labels: arrived, internalDate, threadId });
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

export const messageControls = (context: EmulatorContext): MessageControls => {
  const threads = new ThreadKeys();
  const targetOf = (address: string) => requireTarget(context, address);
  const mailboxOf = (address: string) => targetOf(address).mailbox;
  const now = () => context.google.clock.now();
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
    addMessage: async (input) => toRef(addMessage(targetOf(input.address), input, now(), threads)),
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
      const target = targetOf(input.address);
      const draft = { ...input, as: undefined, labels: ['DRAFT'] };
      if (id !== undefined && target.outlook) {
        const raw = rawOf(target, draft, now(), threads);
        return toRef(target.mailbox.replace(id, raw, now()) ?? require(input.address, id));
      }
      if (id !== undefined) target.mailbox.delete(require(input.address, id).id);
      return toRef(addMessage(target, draft, now(), threads));
    },
    sendDraft: async ({ address, id }) => {
      const { mailbox, outlook } = targetOf(address);
      const { raw, threadId } = require(address, id);
      const item = outlook?.item(id);
      if (outlook && item) {
        outlook.send(item, raw);
        return { id, threadId };
      }
      mailbox.delete(id);
      return toRef(mailbox.add({ raw, labels: ['SENT'], internalDate: now(), threadId }));
    },
  };
};
