import { composeMessage, type MessageSpec } from '../../shared/mime/compose.ts';
import { headerValue } from '../../shared/mime/headers.ts';
import { parseTopHeaders } from '../../shared/mime/tree.ts';
import { GraphError } from '../errors.ts';

type Json = Record<string, unknown>;

/** Whose message it is, and when. */
export interface Author {
  name: string;
  address: string;
  now: number;
  unique: () => string;
}

const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

const people = (value: unknown): string | undefined => {
  const texts = list(value).flatMap((one) => {
    const { name, address } = (one.emailAddress ?? {}) as { name?: string; address?: string };
    if (!address) return [];
    return name ? `"${name.replaceAll('"', '')}" <${address}>` : `<${address}>`;
  });
  return texts.length > 0 ? texts.join(', ') : undefined;
};

const MAX_HEADERS = 5;

const customHeaders = (value: unknown): [string, string][] => {
  const headers = list(value).map(
    ({ name, value: text }) => [String(name), String(text)] as [string, string],
  );
  for (const [name] of headers) {
    if (/^x-/i.test(name)) continue;
    const message = `The internet message header name '${name}' should start with 'x-' or 'X-'.`;
    throw new GraphError(400, 'InvalidInternetMessageHeader', message);
  }
  if (headers.length > MAX_HEADERS) {
    const message = `Maximum number of headers in one message should be less than or equal to ${MAX_HEADERS}.`;
    throw new GraphError(400, 'InvalidInternetMessageHeaderCollection', message);
  }
  return headers;
};

/** The bytes of a message that came as Graph JSON. */
export const composeJson = (message: Json, author: Author, more: MessageSpec = {}): Buffer => {
  const body = (message.body ?? {}) as { contentType?: string; content?: string };
  const html = body.contentType?.toLowerCase() === 'html';
  const spec: MessageSpec = {
    from: people([message.from].filter(Boolean)) ?? `"${author.name}" <${author.address}>`,
    ...optional('to', people(message.toRecipients)),
    ...optional('cc', people(message.ccRecipients)),
    ...optional('bcc', people(message.bccRecipients)),
    ...optional('replyTo', people(message.replyTo)),
    subject: String(message.subject ?? ''),
    ...(html ? { html: body.content ?? '' } : { text: body.content ?? '' }),
    attachments: list(message.attachments).map((one) => ({
      filename: String(one.name ?? 'attachment'),
      contentType: String(one.contentType ?? 'application/octet-stream'),
      contentBase64: String(one.contentBytes ?? ''),
      ...(one.isInline === true && { contentId: String(one.contentId ?? one.name) }),
    })),
    headers: customHeaders(message.internetMessageHeaders),
    messageId: `${author.unique()}@EMULATOR.prod.outlook.com`,
    ...more,
  };
  return composeMessage(spec, { dateMs: author.now, unique: author.unique });
};

const optional = <K extends string>(key: K, value: string | undefined) =>
  (value === undefined ? {} : { [key]: value }) as { [P in K]?: string };

/** A message that came as base64 of its bytes: its From does not count, the account's does. */
export const composeMime = (base64: string, author: Author): Buffer => {
  const raw = Buffer.from(base64, 'base64');
  const headers = parseTopHeaders(raw);
  if (headers.length === 0) {
    throw new GraphError(
      400,
      'ErrorMimeContentInvalidBase64String',
      'Invalid base64 string for MIME content.',
    );
  }
  const added = [`From: "${author.name}" <${author.address}>`];
  if (!headerValue(headers, 'date')) added.push(`Date: ${new Date(author.now).toUTCString()}`);
  if (!headerValue(headers, 'message-id')) {
    added.push(`Message-ID: <${author.unique()}@EMULATOR.prod.outlook.com>`);
  }
  const end = raw.indexOf('\r\n\r\n');
  const head = raw.toString('latin1', 0, end < 0 ? raw.length : end);
  const kept = head.replace(/^From:.*(?:\r?\n[ \t].*)*\r?\n?/im, '');
  return Buffer.concat([
    Buffer.from(`${added.join('\r\n')}\r\n`, 'utf8'),
    Buffer.from(kept, 'latin1'),
    end < 0 ? Buffer.from('\r\n\r\n') : raw.subarray(end),
  ]);
};

/** @throws GraphError when there is nobody to send to */
export const requireRecipients = (raw: Buffer): void => {
  const headers = parseTopHeaders(raw);
  const all = ['to', 'cc', 'bcc'].map((name) => headerValue(headers, name) ?? '').join('');
  if (all.includes('@')) return;
  throw new GraphError(400, 'ErrorInvalidRecipients', 'At least one recipient is not valid.');
};
