import { parseAddressList } from '../../domain/address-list.ts';
import type {
  MailMessage,
  MessageHead,
  MessageState,
  Participant,
  ParticipantRole,
} from '../../domain/message.ts';
import { guarded, type Mapped } from '../fetched.ts';
import { unescapeHtml } from '../html.ts';
import { array, record, string } from '../json.ts';
import { messageId, messageIds } from '../message-ids.ts';
import { cleanText } from '../text.ts';
import { type FetchedBodies, readBodies } from './bodies.ts';
import { headerText, headerValue, headerValues } from './headers.ts';
import { type Header, type Part, toPart } from './payload.ts';

const ROLES: readonly ParticipantRole[] = ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'];

/** Headers a head needs, for `metadataHeaders`. */
export const HEAD_HEADERS = ['From', 'Sender', 'Reply-To', 'To', 'Cc', 'Bcc', 'Message-ID'];

/** Labels of what is never on a timeline; a draft moved to the bin is still a draft. */
const STATES: readonly [label: string, state: MessageState][] = [
  ['DRAFT', 'draft'],
  ['CHAT', 'chat'],
  ['SPAM', 'spam'],
  ['TRASH', 'trash'],
];

/** Head of `messages.get` in format metadata or full. Never throws. */
export const mapHead = (raw: unknown): Mapped<MessageHead> =>
  guarded(() => {
    const source = record(raw);
    return toHead(source, toPart({ headers: record(source.payload).headers }).headers);
  });

/**
 * Whole message of `messages.get` in format full. Never throws.
 * @param fetched bodies fetched apart; `missing` names those still needed
 */
export const mapMessage = (
  raw: unknown,
  fetched?: FetchedBodies,
): Mapped<MailMessage> & { missing: Part[] } => {
  let missing: Part[] = [];
  const mapped = guarded(() => {
    const source = record(raw);
    const root = toPart(source.payload);
    const head = toHead(source, root.headers);
    if (!head.ok) return head;
    const bodies = readBodies(root, fetched);
    missing = bodies.missing;
    const message: MailMessage = {
      ...head.message,
      subject: headerText(headerValue(root.headers, 'subject')),
      snippet: cleanText(unescapeHtml(string(source.snippet))).trim(),
      text: bodies.text,
      html: bodies.html,
      attachments: bodies.attachments,
      inReplyTo: messageId(headerValue(root.headers, 'in-reply-to')),
      references: messageIds(headerValues(root.headers, 'references').join(' ')),
      defects: bodies.defects,
    };
    return { ok: true, message };
  });
  return { ...mapped, missing };
};

/** Where Gmail keeps the message, by its labels. */
export const stateOf = (labelIds: readonly string[]): MessageState =>
  STATES.find(([label]) => labelIds.includes(label))?.[1] ?? 'mail';

const toHead = (source: Record<string, unknown>, headers: Header[]): Mapped<MessageHead> => {
  const id = string(source.id);
  const receivedAt = epochMs(source.internalDate);
  if (id === '') return { ok: false, detail: 'no id' };
  // The Date header is the sender's claim; without Gmail's own time no window can be judged.
  if (receivedAt === null) return { ok: false, detail: 'no internalDate' };
  const labelIds = array(source.labelIds).map(string).filter(Boolean);
  const message: MessageHead = {
    providerMessageId: id,
    providerThreadId: string(source.threadId) || id,
    state: stateOf(labelIds),
    labelIds,
    receivedAt,
    participants: ROLES.flatMap((role) => participants(headers, role)),
    rfcMessageId: messageId(headerValue(headers, 'message-id')),
  };
  return { ok: true, message };
};

/** Every occurrence of a header counts: a second To would otherwise hide a contact. */
const participants = (headers: Header[], role: ParticipantRole): Participant[] =>
  headerValues(headers, role).flatMap((value) =>
    parseAddressList(cleanText(value)).map(({ name, address }) => ({
      role,
      name: cleanText(name),
      address: cleanText(address),
    })),
  );

/** Gmail writes epoch ms as a string. */
const epochMs = (value: unknown): number | null => {
  const text = typeof value === 'number' ? String(value) : string(value);
  if (!/^-?\d{1,16}$/.test(text)) return null;
  const ms = Number(text);
  return Math.abs(ms) <= 8.64e15 ? ms : null;
};
