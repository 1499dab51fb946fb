import type { Attachment } from '../domain/message.ts';

const MAX_FILENAME_CHARS = 255;

/** Names for parts that commonly come without one. */
export const DEFAULT_NAMES: Readonly<Record<string, string>> = {
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

/** Without path or control characters: a careless download would write it somewhere else. */
export const safeFilename = (name: string): string =>
  name
    .replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '')
    .replaceAll(/[\\/]/g, '_')
    .slice(0, MAX_FILENAME_CHARS)
    .toWellFormed();

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

const unescapeUrl = (value: string): string => {
  try {
    return decodeURIComponent(value.replaceAll('&amp;', '&'));
  } catch {
    return value;
  }
};
