import { decodeBody, decodeCharset } from '../../shared/mime/transfer.ts';
import type { MimeNode } from '../../shared/mime/tree.ts';
import type { Random } from '../../shared/random.ts';

interface GmailHeader {
  name: string;
  value: string;
}

interface GmailBody {
  attachmentId?: string;
  size: number;
  data?: string;
}

interface GmailPart {
  partId: string;
  mimeType: string;
  filename: string;
  headers: GmailHeader[];
  body: GmailBody;
  parts?: GmailPart[];
}

/**
 * How text bodies leave the API. Reports differ: Gmail usually hands out UTF-8 whatever the
 * Content-Type says (openclaw/gogcli#446, 2026-03), yet bytes in the declared charset were seen too
 * (#126, 2026-01), so a client must cope with both.
 */
export type BodyCharset = 'utf-8' | 'original';

interface PayloadOptions {
  messageId: string;
  bodyCharset: BodyCharset;
  /** Text bodies above this many bytes are handed out as attachments. */
  inlineLimit: number;
  /** Salts attachment ids: they change on every get, so nobody can use them as keys. */
  random: Random;
}

/** The payload tree of `format=full`. */
export const toPayload = (raw: Buffer, root: MimeNode, options: PayloadOptions): GmailPart =>
  toPart(raw, root, '', options);

const toPart = (
  raw: Buffer,
  node: MimeNode,
  partId: string,
  options: PayloadOptions,
): GmailPart => {
  const part: GmailPart = {
    partId,
    mimeType: node.mimeType,
    filename: node.filename,
    headers: node.headers,
    body: toBody(raw, node, partId, options),
  };
  if (node.children.length > 0) {
    part.parts = node.children.map((child, index) =>
      toPart(raw, child, childId(partId, index), options),
    );
  }
  return part;
};

const childId = (parent: string, index: number): string =>
  parent === '' ? String(index) : `${parent}.${index}`;

const toBody = (
  raw: Buffer,
  node: MimeNode,
  partId: string,
  options: PayloadOptions,
): GmailBody => {
  if (node.mimeType.startsWith('multipart/')) return { size: 0 };
  const bytes = decodeBody(raw, node);
  const isText = node.mimeType.startsWith('text/') && node.filename === '';
  if (!isText || node.isAttachment || bytes.length > options.inlineLimit) {
    return { attachmentId: attachmentId(options, partId), size: bytes.length };
  }
  const text = options.bodyCharset === 'utf-8' ? toUtf8(bytes, node.charset) : bytes;
  // An empty body has a size and no data key.
  if (text.length === 0) return { size: 0 };
  return { size: text.length, data: text.toString('base64url') };
};

const toUtf8 = (bytes: Buffer, charset: string): Buffer => {
  const label = charset.toLowerCase();
  if (label === 'utf-8' || label === 'us-ascii') return bytes;
  return Buffer.from(decodeCharset(bytes, charset), 'utf8');
};

const SALT_LENGTH = 24;

const attachmentId = ({ random, messageId }: PayloadOptions, partId: string): string => {
  const plain = `${random.text(SALT_LENGTH)}|${messageId}|${partId}`;
  return `ANGjdJ${Buffer.from(plain, 'latin1').toString('base64url')}`;
};

/** The part an attachment id speaks of, or null when it is not one of ours for this message. */
export const readAttachmentId = (id: string, messageId: string): string | null => {
  if (!id.startsWith('ANGjdJ')) return null;
  const [, owner, partId] = Buffer.from(id.slice(6), 'base64url').toString('latin1').split('|');
  return owner === messageId && partId !== undefined ? partId : null;
};

export const findPart = (root: MimeNode, partId: string): MimeNode | undefined => {
  let node: MimeNode | undefined = root;
  for (const step of partId === '' ? [] : partId.split('.')) node = node?.children[Number(step)];
  return node;
};
