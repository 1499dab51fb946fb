import { array, record, string } from '../json.ts';

/** One MIME part as Gmail's JSON gives it, checked and trimmed so that mapping cannot trip. */
export interface Part {
  /** `0.1`; '' for the root. */
  partId: string;
  /** Lower case, without parameters; '' when the sender gave none. */
  mimeType: string;
  /** As decoded by Gmail; '' when absent. */
  filename: string;
  headers: Header[];
  /** Bytes of content after transfer decoding, children not included. */
  size: number;
  /** Set when the content has to be fetched apart. It changes on every get. */
  attachmentId: string | null;
  /** base64url of the content; null when absent. */
  data: string | null;
  parts: Part[];
}

/** `name` in lower case: senders write Message-ID, Message-Id and message-id. */
export interface Header {
  name: string;
  value: string;
}

/** A mail nested deeper than this is an attack or a loop of bounces; what lies below is left out. */
const MAX_DEPTH = 64;

/**
 * Reads a payload of unknown shape. Never throws: what is not as documented counts as absent.
 * Missing part ids are made up from the position, as Gmail makes them.
 */
export const toPart = (raw: unknown, partId = '', depth = 0): Part => {
  const source = record(raw);
  const body = record(source.body);
  const id = string(source.partId) || partId;
  const prefix = id === '' ? '' : `${id}.`;
  const children = depth < MAX_DEPTH ? array(source.parts) : [];
  return {
    partId: id,
    mimeType: mediaType(string(source.mimeType)),
    filename: string(source.filename),
    headers: array(source.headers).map(toHeader),
    size: size(body.size),
    attachmentId: string(body.attachmentId) || null,
    data: string(body.data) || null,
    parts: children.map((child, index) => toPart(child, `${prefix}${index}`, depth + 1)),
  };
};

/** The part with this id, as `Attachment.partId` names it. */
export const findPart = (root: Part, partId: string): Part | null => {
  if (attachmentPartId(root) === partId && root.parts.length === 0) return root;
  for (const part of root.parts) {
    const found = part.partId === partId ? part : findPart(part, partId);
    if (found) return found;
  }
  return null;
};

/** A message that is nothing but an attachment has part id '', which no URL can carry. */
export const attachmentPartId = (part: Part): string => part.partId || '0';

const toHeader = (raw: unknown): Header => {
  const { name, value } = record(raw);
  return { name: string(name).toLowerCase(), value: string(value) };
};

const mediaType = (value: string): string => {
  const end = value.indexOf(';');
  return (end < 0 ? value : value.slice(0, end)).trim().toLowerCase();
};

const size = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0;
