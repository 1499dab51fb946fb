import type { StoredMessage } from '../../../shared/mailbox/message.ts';
import { decodeBody } from '../../../shared/mime/transfer.ts';
import { parseMime, parseTopHeaders } from '../../../shared/mime/tree.ts';
import { SCOPE } from '../../oauth/scopes.ts';
import type { GmailCall, GmailMethod } from '../call.ts';
import { forbidden, invalidArgument, notFound } from '../errors.ts';
import { findPart, readAttachmentId, toPayload } from '../payload.ts';
import { toSnippet } from '../snippet.ts';
import { onlyMetadata, READ_SCOPES } from './messages-list.ts';

type Format = 'full' | 'metadata' | 'minimal' | 'raw';

const FORMATS: readonly string[] = ['full', 'metadata', 'minimal', 'raw'];

export const messagesGet: GmailMethod = {
  name: 'gmail.users.messages.get',
  httpMethod: 'GET',
  path: 'messages/{id}',
  scopes: READ_SCOPES,
  handle: (call) => {
    const format = formatOf(call);
    const message = requireMessage(call, call.params.id ?? '');
    return toResource(call, message, format);
  },
};

export const attachmentsGet: GmailMethod = {
  name: 'gmail.users.messages.attachments.get',
  httpMethod: 'GET',
  path: 'messages/{messageId}/attachments/{id}',
  scopes: [SCOPE.full, SCOPE.modify, SCOPE.readonly],
  handle: (call) => {
    const message = requireMessage(call, call.params.messageId ?? '');
    const partId = readAttachmentId(call.params.id ?? '', message.id);
    const part = partId === null ? undefined : findPart(parseMime(message.raw), partId);
    if (!part) throw invalidArgument('Invalid attachment token');
    const bytes = decodeBody(message.raw, part);
    return { size: bytes.length, data: bytes.toString('base64url') };
  },
};

/** @throws ApiError 404; 400 when the id has not even the form of one */
export const requireMessage = ({ mailbox }: GmailCall, id: string): StoredMessage => {
  if (!/^[0-9a-f]{1,16}$/i.test(id)) throw invalidArgument('Invalid id value');
  const message = mailbox.get(id);
  if (!message) throw notFound();
  return message;
};

/** @throws ApiError 400 for an unknown format, 403 where gmail.metadata forbids it */
export const formatOf = ({ query, token }: GmailCall): Format => {
  const asked = (query.get('format') || 'full').toLowerCase();
  if (!FORMATS.includes(asked)) {
    throw invalidArgument(`Invalid value at 'format' (TYPE_ENUM), "${asked}"`);
  }
  if (onlyMetadata(token.scopes) && (asked === 'full' || asked === 'raw')) {
    throw forbidden(`Metadata scope doesn't allow format ${asked.toUpperCase()}`);
  }
  return asked as Format;
};

/** The Message resource in `format`. */
export const toResource = (
  call: GmailCall,
  message: StoredMessage,
  format: Format,
): Record<string, unknown> => {
  const { raw } = message;
  const bare = onlyMetadata(call.token.scopes);
  const base = {
    id: message.id,
    threadId: message.threadId,
    ...(message.labels.length > 0 && { labelIds: message.labels }),
  };
  const tail = {
    sizeEstimate: raw.length,
    historyId: String(message.historyId),
    internalDate: String(message.internalDate),
  };
  if (bare) {
    const payload = { partId: '', headers: pickHeaders(call, raw) };
    return { ...base, ...(format === 'metadata' && { payload }), ...tail };
  }
  const root = parseMime(raw);
  const head = { ...base, snippet: toSnippet(raw, root) };
  switch (format) {
    case 'minimal':
      return { ...head, ...tail };
    case 'raw':
      return { ...head, ...tail, raw: raw.toString('base64url') };
    case 'metadata': {
      const payload = { mimeType: root.mimeType, headers: pickHeaders(call, raw) };
      return { ...head, payload, ...tail };
    }
    case 'full': {
      const payload = toPayload(raw, root, {
        messageId: message.id,
        bodyCharset: call.settings.bodyCharset,
        inlineLimit: call.context.limits.inlineBodyBytes,
        random: call.context.random,
      });
      return { ...head, payload, ...tail };
    }
  }
};

/** All top headers, or those named by `metadataHeaders` in any casing. */
const pickHeaders = ({ query }: GmailCall, raw: Buffer) => {
  const headers = parseTopHeaders(raw);
  const wanted = new Set(query.getAll('metadataHeaders').map((name) => name.toLowerCase()));
  return wanted.size === 0
    ? headers
    : headers.filter((header) => wanted.has(header.name.toLowerCase()));
};
