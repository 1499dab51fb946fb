import { encodeCharset } from './charset-encoder.ts';
import { encodeWord } from './words.ts';

export type TransferEncoding = '7bit' | '8bit' | 'quoted-printable' | 'base64';

export interface AttachmentSpec {
  /** Left out: an attachment without a name. */
  filename?: string;
  contentType: string;
  contentBase64: string;
  /** Set for inline images that the HTML refers to as `cid:…`. */
  contentId?: string;
}

/** A message in words. Addresses are header text: `Ann Bee <ann@x.com>, bob@y.org`. */
export interface MessageSpec {
  from?: string;
  to?: string;
  cc?: string;
  bcc?: string;
  replyTo?: string;
  subject?: string;
  /** ISO time, verbatim header text, or null for no Date header. Default: internalDate. */
  date?: string | null;
  text?: string;
  html?: string;
  /** Body of a text/calendar alternative. */
  calendar?: string;
  attachments?: AttachmentSpec[];
  /** With brackets or without; null for none. Default: made up. */
  messageId?: string | null;
  inReplyTo?: string;
  references?: string[];
  /** Further headers, in order, verbatim. */
  headers?: [name: string, value: string][];
  charset?: string;
  encoding?: TransferEncoding;
}

interface ComposeContext {
  /** Epoch ms used when the spec has no date. */
  dateMs: number;
  /** Makes boundaries and Message-IDs, so the same seed gives the same bytes. */
  unique: () => string;
}

const CRLF = '\r\n';

/** The message as raw RFC 5322 bytes. */
export const composeMessage = (spec: MessageSpec, context: ComposeContext): Buffer => {
  const headers = topHeaders(spec, context).map(([name, value]) => `${name}: ${value}${CRLF}`);
  return Buffer.concat([Buffer.from(headers.join(''), 'utf8'), composeBody(spec, context)]);
};

const bracket = (id: string): string => (id.startsWith('<') ? id : `<${id}>`);

const topHeaders = (spec: MessageSpec, context: ComposeContext): [string, string][] => {
  const domain = /@([^\s>,]+)/.exec(spec.from ?? '')?.[1] ?? 'mail.invalid';
  const id = spec.messageId === undefined ? `${context.unique()}@${domain}` : spec.messageId;
  const optional: [string, string | undefined | null][] = [
    ['From', spec.from && encodeAddresses(spec.from)],
    ['To', spec.to && encodeAddresses(spec.to)],
    ['Cc', spec.cc && encodeAddresses(spec.cc)],
    ['Bcc', spec.bcc && encodeAddresses(spec.bcc)],
    ['Reply-To', spec.replyTo && encodeAddresses(spec.replyTo)],
    ['Subject', spec.subject === undefined ? null : encodeWord(spec.subject)],
    ['Date', dateHeader(spec.date, context.dateMs)],
    ['Message-ID', id && bracket(id)],
    ['In-Reply-To', spec.inReplyTo && bracket(spec.inReplyTo)],
    ['References', spec.references?.map(bracket).join(' ')],
    ['MIME-Version', '1.0'],
  ];
  const present = optional.filter((entry): entry is [string, string] => Boolean(entry[1]));
  return [...present, ...(spec.headers ?? [])];
};

const dateHeader = (date: string | null | undefined, fallbackMs: number): string | null => {
  if (date === null) return null;
  const time = date === undefined ? fallbackMs : Date.parse(date);
  if (Number.isNaN(time)) return date ?? null;
  return new Date(time).toUTCString().replace('GMT', '+0000');
};

/** Only display names may be encoded; an encoded address would not be one. */
const encodeAddresses = (text: string): string =>
  text.replace(/("[^"]*"|[^,<>"]+?)(?=\s*<)/g, (name) => {
    const lead = /^\s*/.exec(name)?.[0] ?? '';
    const bare = name.trim();
    const plain = bare.replace(/^"|"$/g, '');
    return lead + (/^[\x20-\x7e]*$/.test(bare) ? bare : encodeWord(plain));
  });

const composeBody = (spec: MessageSpec, context: ComposeContext): Buffer => {
  const leaves: Buffer[] = [];
  if (spec.text !== undefined) leaves.push(textLeaf('text/plain', spec.text, spec));
  if (spec.html !== undefined) {
    const inline = (spec.attachments ?? []).filter((one) => one.contentId !== undefined);
    const leaf = textLeaf('text/html', spec.html, spec);
    leaves.push(wrap('related', [leaf, ...inline.map(attachmentLeaf)], context));
  }
  if (spec.calendar !== undefined) {
    leaves.push(textLeaf('text/calendar; method=REQUEST', spec.calendar, spec));
  }
  if (leaves.length === 0) leaves.push(textLeaf('text/plain', '', spec));
  const attached = (spec.attachments ?? []).filter(
    (one) => one.contentId === undefined || spec.html === undefined,
  );
  const readable = wrap('alternative', leaves, context);
  return wrap('mixed', [readable, ...attached.map(attachmentLeaf)], context);
};

/** One leaf stands alone; more get a multipart around them. */
const wrap = (kind: string, leaves: Buffer[], context: ComposeContext): Buffer => {
  const [first] = leaves;
  if (first && leaves.length === 1) return first;
  const boundary = `=_${kind}_${context.unique()}`;
  const head = `Content-Type: multipart/${kind}; boundary="${boundary}"${CRLF}${CRLF}`;
  const pieces = leaves.flatMap((leaf) => [
    Buffer.from(`--${boundary}${CRLF}`),
    leaf,
    Buffer.from(CRLF),
  ]);
  return Buffer.concat([Buffer.from(head), ...pieces, Buffer.from(`--${boundary}--${CRLF}`)]);
};

const textLeaf = (type: string, text: string, spec: MessageSpec): Buffer => {
  const charset = spec.charset ?? 'utf-8';
  const encoding = spec.encoding ?? 'quoted-printable';
  const bytes = encodeCharset(text.replace(/\r?\n/g, CRLF), charset);
  const head = `Content-Type: ${type}; charset=${charset}${CRLF}Content-Transfer-Encoding: ${encoding}${CRLF}${CRLF}`;
  return Buffer.concat([Buffer.from(head), encodeTransfer(bytes, encoding)]);
};

const attachmentLeaf = (file: AttachmentSpec): Buffer => {
  const name = file.filename === undefined ? '' : `; filename="${encodeWord(file.filename)}"`;
  const kind = file.contentId === undefined ? 'attachment' : 'inline';
  const id = file.contentId === undefined ? '' : `Content-ID: <${file.contentId}>${CRLF}`;
  const head =
    `Content-Type: ${file.contentType}${CRLF}Content-Disposition: ${kind}${name}${CRLF}` +
    `${id}Content-Transfer-Encoding: base64${CRLF}${CRLF}`;
  return Buffer.from(head + wrapLines(file.contentBase64));
};

const encodeTransfer = (bytes: Buffer, encoding: TransferEncoding): Buffer => {
  if (encoding === 'base64') return Buffer.from(wrapLines(bytes.toString('base64')));
  return encoding === 'quoted-printable' ? Buffer.from(quotedPrintable(bytes)) : bytes;
};

const wrapLines = (base64: string): string => base64.replace(/.{76}(?=.)/g, `$&${CRLF}`);

const quotedPrintable = (bytes: Buffer): string =>
  bytes
    .toString('latin1')
    .replace(/[^\x20-\x3c\x3e-\x7e\r\n\t]/g, hex)
    .replace(/[ \t](?=\r?\n|$)/g, hex)
    .split(CRLF)
    .map(softBreaks)
    .join(CRLF);

const hex = (char: string): string =>
  `=${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

/** Lines of at most 76 characters, never cut inside an `=XX`. */
const softBreaks = (line: string): string => {
  const pieces: string[] = [];
  let rest = line;
  while (rest.length > 76) {
    const cut = rest.lastIndexOf('=', 74) >= 73 ? rest.lastIndexOf('=', 74) : 75;
    pieces.push(rest.slice(0, cut));
    rest = rest.slice(cut);
  }
  return [...pieces, rest].join(`=${CRLF}`);
};
