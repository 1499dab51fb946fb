const MAX_CHARS = 150;
const FALLBACK = 'attachment';

/**
 * `Content-Disposition: attachment` for a name that a stranger chose.
 * @see RFC 6266, RFC 8187 (formerly 5987) for `filename*`
 */
export function attachmentDisposition(filename: string): string {
  const safe = safeFilename(filename);
  const ascii = safe
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e]/g, '_')
    .replace(/["\\%]/g, '_');
  return `attachment; filename="${ascii || FALLBACK}"; filename*=UTF-8''${encodeValue(safe)}`;
}

/**
 * A name without path, control or direction characters: `exe.fdp` after a right-to-left override
 * would be shown as `pdf.exe` turned round. Never empty, never a dot file, at most 150 characters.
 */
export function safeFilename(filename: string): string {
  const base = filename.toWellFormed().normalize('NFC').split(/[/\\]/).at(-1) ?? '';
  const clean = base
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd]/gu, '')
    .replace(/[<>:"|?*]/g, '_')
    .replace(/\s+/g, ' ')
    .replace(/^[.\s]+|[.\s]+$/g, '');
  return shorten(clean) || FALLBACK;
}

/** Cuts the stem, not the extension. */
function shorten(name: string): string {
  const chars = [...name];
  if (chars.length <= MAX_CHARS) return name;
  const extension = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? '';
  return chars.slice(0, MAX_CHARS - extension.length).join('') + extension;
}

function encodeValue(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Types a browser may run or render as a page of ours, were the other headers ever lost. */
const ACTIVE = /html|xml|svg|script|xsl|pdf|flash|multipart|message\//i;
const TOKEN = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/i;

/** The sender's own word for the type, unless it could be harmful or is none. */
export function safeContentType(mimeType: string): string {
  const bare = mimeType.split(';')[0]?.trim().toLowerCase() ?? '';
  return TOKEN.test(bare) && !ACTIVE.test(bare) ? bare : 'application/octet-stream';
}
