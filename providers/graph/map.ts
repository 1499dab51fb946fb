import type {
  Attachment,
  MailMessage,
  MessageHead,
  Participant,
  ParticipantRole,
} from '../../domain/message.ts';
import { markInline } from '../attachment-names.ts';
import { guarded, type Mapped } from '../fetched.ts';
import { htmlToText } from '../html.ts';
import { array, record, string } from '../json.ts';
import { messageId, messageIds } from '../message-ids.ts';
import { cleanText } from '../text.ts';
import type { FolderTree } from './folder-tree.ts';

/** What a head is made of: no subject, no preview, which are content. */
const HEAD_PROPERTIES = [
  'id',
  'conversationId',
  'internetMessageId',
  'parentFolderId',
  'isDraft',
  'receivedDateTime',
  'from',
  'sender',
  'replyTo',
  'toRecipients',
  'ccRecipients',
  'bccRecipients',
];

export const HEAD_SELECT = HEAD_PROPERTIES.join();

/** Headers come only when asked for, and only of mail that was transported (B1). */
export const MESSAGE_SELECT = [
  ...HEAD_PROPERTIES,
  'subject',
  'bodyPreview',
  'body',
  'hasAttachments',
  'internetMessageHeaders',
].join();

const ROLES: readonly [property: string, role: ParticipantRole][] = [
  ['from', 'from'],
  ['sender', 'sender'],
  ['replyTo', 'reply-to'],
  ['toRecipients', 'to'],
  ['ccRecipients', 'cc'],
  ['bccRecipients', 'bcc'],
];

/** Head of a message resource with at least the properties of `HEAD_SELECT`. Never throws. */
export const mapHead = (raw: unknown, tree: FolderTree): Mapped<MessageHead> =>
  guarded(() => toHead(record(raw), tree));

/**
 * Whole message of a resource with the properties of `MESSAGE_SELECT`. Never throws.
 * @param attachments as listed apart, since the resource has none; null: Graph would not list them
 */
export const mapMessage = (
  raw: unknown,
  tree: FolderTree,
  attachments: readonly Attachment[] | null,
): Mapped<MailMessage> =>
  guarded(() => {
    const source = record(raw);
    const head = toHead(source, tree);
    if (!head.ok) return head;
    const { text, html, defects } = toBody(record(source.body));
    const listed = attachments?.map((one) => ({ ...one })) ?? [];
    markInline(listed, html);
    const headers = array(source.internetMessageHeaders).map(record);
    const headerOf = (name: string): string =>
      string(headers.find((header) => string(header.name).toLowerCase() === name)?.value);
    const message: MailMessage = {
      ...head.message,
      subject: oneLine(string(source.subject)),
      snippet: oneLine(string(source.bodyPreview)),
      text,
      html,
      attachments: listed,
      inReplyTo: messageId(headerOf('in-reply-to')),
      references: messageIds(headerOf('references')),
      defects: attachments === null ? [...defects, 'attachments: not listed'] : defects,
    };
    return { ok: true, message };
  });

/** Whether the message shows or has files: `hasAttachments` leaves out the inline ones (B1). */
export const hasFiles = (raw: unknown): boolean => {
  const { hasAttachments, body } = record(raw);
  return hasAttachments === true || /\bcid:/i.test(string(record(body).content));
};

const toHead = (source: Record<string, unknown>, tree: FolderTree): Mapped<MessageHead> => {
  const id = string(source.id);
  const receivedAt = Date.parse(string(source.receivedDateTime));
  const folderId = string(source.parentFolderId);
  if (id === '') return { ok: false, detail: 'no id' };
  if (!Number.isFinite(receivedAt)) return { ok: false, detail: 'no receivedDateTime' };
  const message: MessageHead = {
    providerMessageId: id,
    providerThreadId: string(source.conversationId) || id,
    state: source.isDraft === true ? 'draft' : tree.stateOf(folderId),
    labelIds: tree.pathOf(folderId),
    receivedAt,
    participants: ROLES.flatMap(([property, role]) => participants(source[property], role)),
    rfcMessageId: messageId(string(source.internetMessageId)),
  };
  return { ok: true, message };
};

/**
 * One recipient or a list of them; drafts have no `from`. An X500 address stays as it is: it equals
 * no contact's, and says that there was somebody (D2.27).
 */
const participants = (value: unknown, role: ParticipantRole): Participant[] => {
  const recipients = Array.isArray(value) ? value : [value];
  return recipients.flatMap((recipient) => {
    const { name, address } = record(record(recipient).emailAddress);
    const written = cleanText(string(address)).trim();
    if (written === '') return [];
    const shown = oneLine(string(name));
    // Graph repeats the address where there is no name.
    return [{ role, name: shown === written ? '' : shown, address: written }];
  });
};

/** Exchange keeps one body; of HTML the words are made here, as the timeline shows both. */
const toBody = ({
  contentType,
  content,
}: Record<string, unknown>): Pick<MailMessage, 'text' | 'html' | 'defects'> => {
  const said = cleanText(string(content)).replaceAll('\r\n', '\n');
  if (said === '') return { text: null, html: null, defects: [] };
  if (string(contentType).toLowerCase() !== 'html') return { text: said, html: null, defects: [] };
  const { text, defect } = htmlToText(said);
  return { text, html: said, defects: defect ? [defect] : [] };
};

const oneLine = (text: string): string => cleanText(text).replaceAll(/\s+/g, ' ').trim();
