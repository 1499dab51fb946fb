import { headerValue } from '../../shared/mime/headers.ts';
import { parseTopHeaders } from '../../shared/mime/tree.ts';
import { decodeWords } from '../../shared/mime/words.ts';
import { type GraphCall, type GraphMethod, SEND_PERMISSIONS, WRITE_PERMISSIONS } from '../call.ts';
import { accessDenied, badRequest, GraphError } from '../errors.ts';
import { contextOf } from '../links.ts';
import { parseRecipients } from '../message/addresses.ts';
import { type Author, composeJson, composeMime, requireRecipients } from '../message/compose.ts';
import { MessageView, toEntity } from '../message/entity.ts';
import { jsonBody } from '../pipeline.ts';
import type { OutlookItem } from '../store/item.ts';
import { entityOptions, requireItem } from './shared.ts';

export const authorOf = ({ account, context, now }: GraphCall): Author => ({
  name: account.person.displayName,
  address: account.person.mail,
  now,
  unique: () => context.random.hex(24),
});

const ACCEPTED = { status: 202 };

type Json = Record<string, unknown>;

const EXTENDED_ID = /^\w+ \{[0-9a-f-]{36}\} (Name \S+|Id 0x[0-9a-f]+)$/i;

/** Properties of the caller's own, which stay with the copy. */
const extendedOf = ({ singleValueExtendedProperties: given }: Json): Map<string, string> => {
  const list = Array.isArray(given) ? (given as Json[]) : [];
  if (list.some(({ id }) => !EXTENDED_ID.test(String(id)))) {
    throw new GraphError(400, 'ErrorInvalidProperty', 'The extended property id is not valid.');
  }
  return new Map(list.map(({ id, value }) => [String(id), String(value)]));
};

/** Of one request to Graph, attachments included. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

const sendBody = (call: GraphCall): Json => {
  if (call.body.length <= MAX_REQUEST_BYTES) return jsonBody(call);
  throw new GraphError(413, 'BadRequest', 'Maximum request length exceeded.');
};

/** The copy in Sent Items may come later than the 202, which names no id. */
const keepCopy = ({ account, context }: GraphCall, raw: Buffer, message: Json = {}): void => {
  const add = () => {
    const internalDate = context.clock.now();
    const { id } = account.mailbox.add({ raw, labels: ['SENT'], internalDate });
    const item = account.outlook.item(id);
    if (item) item.extended = extendedOf(message);
  };
  const { sentCopyAfterMs } = account.settings;
  if (sentCopyAfterMs === 0) add();
  else setTimeout(add, sentCopyAfterMs).unref();
};

const sendMail = (call: GraphCall) => {
  if (call.headers['content-type']?.startsWith('text/plain')) {
    const raw = composeMime(call.body.toString('utf8'), authorOf(call));
    requireRecipients(raw);
    keepCopy(call, raw);
    return ACCEPTED;
  }
  const { message, saveToSentItems = true, ...rest } = sendBody(call);
  const save = Object.entries(rest).find(([name]) => name.toLowerCase() === 'savetosentitems');
  if (message === null || typeof message !== 'object') {
    throw badRequest('The parameter message is required.');
  }
  const raw = composeJson(message as Json, authorOf(call));
  requireRecipients(raw);
  if (saveToSentItems !== false && save?.[1] !== false) keepCopy(call, raw, message as Json);
  return ACCEPTED;
};

/** Who is answered, under which subject, in which thread. */
const answerTo = (item: OutlookItem) => {
  const headers = parseTopHeaders(item.message.raw);
  const header = (name: string) => headerValue(headers, name);
  const subject = decodeWords(header('subject') ?? '');
  const messageId = header('message-id');
  const to = parseRecipients(header('reply-to') ?? header('from'));
  return {
    message: { toRecipients: to, subject: /^re:/i.test(subject) ? subject : `Re: ${subject}` },
    spec: messageId === undefined ? {} : { inReplyTo: messageId, references: [messageId] },
  };
};

const compose = (call: GraphCall, comment: unknown, given: unknown): Buffer => {
  const { message, spec } = answerTo(requireItem(call));
  const body = { contentType: 'text', content: String(comment ?? '') };
  const bend = (given ?? {}) as Json;
  return composeJson({ ...message, body, ...bend }, authorOf(call), spec);
};

const reply = (call: GraphCall) => {
  const { comment, message } = sendBody(call);
  const hasBody = typeof message === 'object' && message !== null && 'body' in message;
  if (comment !== undefined && hasBody) {
    throw badRequest('Specifying both the comment and the body of the message is not allowed.');
  }
  const raw = compose(call, comment, message);
  requireRecipients(raw);
  keepCopy(call, raw, (message ?? {}) as Json);
  return ACCEPTED;
};

const createReply = (call: GraphCall) => {
  const { comment, message } = jsonBody(call);
  const raw = compose(call, comment, message);
  const { id } = call.account.mailbox.add({ raw, labels: ['DRAFT'], internalDate: call.now });
  const draft = call.account.outlook.item(id);
  if (!draft) throw accessDenied();
  const shown = toEntity(new MessageView(draft, entityOptions(call)));
  return { status: 201, json: { '@odata.context': contextOf(call, 'messages/$entity'), ...shown } };
};

const sendDraft = (call: GraphCall) => {
  const item = requireItem(call);
  if (!item.isDraft) throw badRequest('The message is not a draft.');
  requireRecipients(item.message.raw);
  call.account.outlook.send(item, item.message.raw);
  return ACCEPTED;
};

export const sendMethods: readonly GraphMethod[] = [
  {
    name: 'graph.sendMail',
    httpMethod: 'POST',
    path: 'me/sendMail',
    permissions: SEND_PERMISSIONS,
    mail: true,
    handle: sendMail,
  },
  {
    name: 'graph.messages.reply',
    httpMethod: 'POST',
    path: 'me/messages/{message}/reply',
    permissions: SEND_PERMISSIONS,
    mail: true,
    handle: reply,
  },
  {
    name: 'graph.messages.createReply',
    httpMethod: 'POST',
    path: 'me/messages/{message}/createReply',
    permissions: WRITE_PERMISSIONS,
    mail: true,
    handle: createReply,
  },
  {
    name: 'graph.messages.send',
    httpMethod: 'POST',
    path: 'me/messages/{message}/send',
    permissions: SEND_PERMISSIONS,
    mail: true,
    handle: sendDraft,
  },
];
