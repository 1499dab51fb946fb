import type { Attachment } from '../../domain/message.ts';
import { headerText, headerValue, messageId, parseStructured } from './headers.ts';
import { attachmentPartId, type Part } from './payload.ts';
import { cleanText } from './text.ts';

const MAX_FILENAME_CHARS = 255;

/** Names for parts that commonly come without one. */
const DEFAULT_NAMES: Readonly<Record<string, string>> = {
  'message/rfc822': 'message.eml',
  'message/global': 'message.eml',
  'message/delivery-status': 'delivery-status.txt',
  'message/disposition-notification': 'receipt.txt',
  'text/calendar': 'invite.ics',
  'application/ms-tnef': 'winmail.dat',
  'application/pkcs7-mime': 'smime.p7m',
  'application/x-pkcs7-mime': 'smime.p7m',
  'application/pkcs7-signature': 'smime.p7s',
  'application/x-pkcs7-signature': 'smime.p7s',
  'application/pgp-signature': 'signature.asc',
};

/** The attachment a part is. `inline` is settled by `markInline`, once the HTML is known. */
export const toAttachment = (part: Part): Attachment => ({
  partId: attachmentPartId(part),
  filename: filenameOf(part) || (DEFAULT_NAMES[part.mimeType] ?? `part-${attachmentPartId(part)}`),
  mimeType: cleanText(part.mimeType).slice(0, 127) || 'application/octet-stream',
  sizeBytes: totalSize(part),
  inline: false,
  contentId: messageId(headerValue(part.headers, 'content-id')),
});

/** Name of the file as the sender gave it, without path or control characters; '' when absent. */
export const filenameOf = (part: Part): string => {
  const name =
    headerText(part.filename) ||
    paramOf(part, 'content-disposition', 'filename') ||
    paramOf(part, 'content-type', 'name');
  // A name with a path in it would be written somewhere else by a careless download.
  return name
    .replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '')
    .replaceAll(/[\\/]/g, '_')
    .slice(0, MAX_FILENAME_CHARS)
    .toWellFormed();
};

/** Sets `inline` where the HTML shows the part by its Content-ID. */
export const markInline = (attachments: Attachment[], html: string | null): void => {
  if (html === null || !attachments.some((attachment) => attachment.contentId)) return;
  const shown = new Set<string>();
  for (const match of html.matchAll(/\bcid:([^\s"'<>)]{1,998})/gi)) {
    shown.add(match[1] ?? '');
    shown.add(unescapeUrl(match[1] ?? ''));
  }
  for (const attachment of attachments) {
    attachment.inline = attachment.contentId !== null && shown.has(attachment.contentId);
  }
};

const paramOf = (part: Part, header: string, param: string): string => {
  const value = headerValue(part.headers, header);
  return value.includes('=') ? (parseStructured(value).params.get(param) ?? '') : '';
};

/** Gmail gives a forwarded message no size of its own where it lists the parts inside. */
const totalSize = (part: Part): number =>
  part.size || part.parts.reduce((sum, child) => sum + totalSize(child), 0);

const unescapeUrl = (value: string): string => {
  try {
    return decodeURIComponent(value.replaceAll('&amp;', '&'));
  } catch {
    return value;
  }
};
