import type { Attachment } from '../../domain/message.ts';
import { markInline } from '../attachment-names.ts';
import { escapeHtml, htmlToText } from '../html.ts';
import { cleanText, decodeText } from '../text.ts';
import { filenameOf, toAttachment } from './attachments.ts';
import { headerValue, parseStructured } from './headers.ts';
import type { Part } from './payload.ts';

/** Content of bodies fetched apart, base64url by part id; null for one that cannot be had. */
export type FetchedBodies = ReadonlyMap<string, string | null>;

/** What a payload tree says, and which text parts it only names. */
export interface Bodies {
  text: string | null;
  html: string | null;
  attachments: Attachment[];
  defects: string[];
  /** Text bodies Gmail handed out as attachments and `fetched` lacks. */
  missing: Part[];
}

/** A stretch of the message: one of the two, or both as alternatives of each other. */
interface Block {
  plain: string | null;
  html: string | null;
}

interface Walk {
  fetched: FetchedBodies;
  attachments: Attachment[];
  defects: Set<string>;
  missing: Part[];
}

const PLAIN_ENCODINGS = new Set(['', '7bit', '8bit', 'binary', 'base64', 'quoted-printable']);

/** Sorts a payload tree into the body to read and the attachments to list. */
export const readBodies = (root: Part, fetched: FetchedBodies = new Map()): Bodies => {
  const walk: Walk = { fetched, attachments: [], defects: new Set(), missing: [] };
  const blocks = readPart(root, walk, true);
  const { text, html } = join(blocks, walk);
  markInline(walk.attachments, html);
  return {
    text,
    html,
    attachments: walk.attachments,
    defects: [...walk.defects],
    missing: walk.missing,
  };
};

const readPart = (part: Part, walk: Walk, isRoot: boolean): Block[] => {
  if (part.parts.length > 0 && part.mimeType.startsWith('multipart/')) {
    const blocks = part.parts.flatMap((child) => readPart(child, walk, false));
    return part.mimeType === 'multipart/alternative' ? alternative(blocks) : blocks;
  }
  // A forwarded message is one attachment: its body is somebody else's words.
  if (isBody(part, isRoot)) return [readLeaf(part, walk)];
  const empty = part.size === 0 && !part.attachmentId && part.parts.length === 0;
  if (!empty || !(isRoot || part.mimeType.startsWith('multipart/'))) {
    walk.attachments.push(toAttachment(part));
  }
  return [];
};

/** Text without a file's marks. A root of no or unknown text type is read as plain text. */
const isBody = (part: Part, isRoot: boolean): boolean => {
  const type = part.mimeType;
  const disposition = headerValue(part.headers, 'content-disposition').trimStart().toLowerCase();
  if (disposition.startsWith('attachment')) return false;
  if (isRoot && (type === '' || type.startsWith('text/') || type.startsWith('multipart/'))) {
    return type !== 'text/calendar';
  }
  return (type === 'text/plain' || type === 'text/html') && filenameOf(part) === '';
};

const readLeaf = (part: Part, walk: Walk): Block => {
  const text = leafText(part, walk);
  return part.mimeType === 'text/html' ? { plain: null, html: text } : { plain: text, html: null };
};

const leafText = (part: Part, walk: Walk): string | null => {
  const data = part.data ?? walk.fetched.get(part.partId) ?? null;
  if (data === null) {
    noteMissing(part, walk);
    return null;
  }
  const encoding = headerValue(part.headers, 'content-transfer-encoding').split(';')[0] ?? '';
  if (!PLAIN_ENCODINGS.has(encoding.trim().toLowerCase())) {
    walk.defects.add('body: unknown transfer encoding');
  }
  const type = headerValue(part.headers, 'content-type');
  const charset = type.includes('=') ? parseStructured(type).params.get('charset') : undefined;
  const { text, defect } = decodeText(Buffer.from(data, 'base64url'), charset ?? '');
  if (defect) walk.defects.add(defect);
  return cleanText(text).replaceAll('\r\n', '\n');
};

/** To be fetched apart, or if that was tried in vain, listed as a file so that it is not lost. */
const noteMissing = (part: Part, walk: Walk): void => {
  if (part.attachmentId && !walk.fetched.has(part.partId)) {
    walk.missing.push(part);
  } else if (part.attachmentId || part.size > 0) {
    walk.defects.add('body: content missing');
    walk.attachments.push(toAttachment(part));
  }
};

/** The same words in several forms: the first plain one, the last (richest) HTML one. */
const alternative = (blocks: Block[]): Block[] => {
  const plain = blocks.find((block) => block.plain?.trim())?.plain ?? null;
  const html = blocks.findLast((block) => block.html?.trim())?.html ?? null;
  return plain === null && html === null ? blocks.slice(0, 1) : [{ plain, html }];
};

/** Apple Mail and list footers split a body: all stretches count, in order. */
const join = (blocks: Block[], walk: Walk): { text: string | null; html: string | null } => {
  const said = blocks.filter((block) => block.plain !== null || block.html !== null);
  if (said.length === 0) return { text: null, html: null };
  const text = said.map((block) => block.plain ?? convert(block.html ?? '', walk)).join('\n');
  if (!said.some((block) => block.html !== null)) return { text, html: null };
  const html = said.map((block) => block.html ?? `<pre>${escapeHtml(block.plain ?? '')}</pre>`);
  return { text, html: html.join('\n') };
};

const convert = (html: string, walk: Walk): string => {
  const { text, defect } = htmlToText(html);
  if (defect) walk.defects.add(defect);
  return text;
};
