import { headerValue, parseStructured } from '../../shared/mime/headers.ts';
import { decodeBody } from '../../shared/mime/transfer.ts';
import type { MimeNode } from '../../shared/mime/tree.ts';
import { decodeWords } from '../../shared/mime/words.ts';
import { parseRecipients } from './addresses.ts';
import { readBody } from './body.ts';

/** A part of the message that Outlook lists as an attachment. */
export interface AttachmentPart {
  kind: 'file' | 'item' | 'reference';
  node: MimeNode;
  name: string;
  contentType: string;
  isInline: boolean;
  contentId: string | null;
}

const kindOf = (node: MimeNode): AttachmentPart['kind'] => {
  if (node.mimeType === 'message/rfc822') return 'item';
  return node.mimeType === 'message/external-body' ? 'reference' : 'file';
};

const isBody = (node: MimeNode): boolean =>
  !node.isAttachment && node.filename === '' && /^text\/(plain|html|calendar)$/.test(node.mimeType);

/** In the order of the message. A nested message is one item; its own attachments are not listed. */
export const attachmentParts = (root: MimeNode): AttachmentPart[] => {
  if (root.children.length > 0 && root.mimeType !== 'message/rfc822') {
    return root.children.flatMap(attachmentParts);
  }
  if (isBody(root) || root.mimeType.startsWith('multipart/')) return [];
  const contentId = root.contentId.replace(/^<|>$/g, '') || null;
  const kind = kindOf(root);
  const subject = root.children[0] && headerValue(root.children[0].headers, 'subject');
  const fallback = kind === 'item' ? decodeWords(subject ?? '') : 'attachment';
  return [
    {
      kind,
      node: root,
      name: root.filename || fallback,
      contentType: root.mimeType,
      isInline: contentId !== null && !root.isAttachment,
      contentId,
    },
  ];
};

/** Inline pictures do not count, as on the real thing. */
export const hasAttachments = (root: MimeNode): boolean =>
  attachmentParts(root).some((part) => !part.isInline);

/** `withItem` adds the nested message, as `$expand=microsoft.graph.itemAttachment/item` does. */
export interface AttachmentView {
  id: string;
  modifiedMs: number;
  withContent: boolean;
  withItem: boolean;
}

const TYPE = {
  file: '#microsoft.graph.fileAttachment',
  item: '#microsoft.graph.itemAttachment',
  reference: '#microsoft.graph.referenceAttachment',
} as const;

const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

export const toAttachment = (raw: Buffer, part: AttachmentPart, view: AttachmentView) => {
  const bytes = decodeBody(raw, part.node);
  const common = {
    '@odata.type': TYPE[part.kind],
    '@odata.mediaContentType': part.contentType,
    id: view.id,
    lastModifiedDateTime: iso(view.modifiedMs),
    name: part.name,
    contentType: part.kind === 'item' ? null : part.contentType,
    size: bytes.length,
    isInline: part.isInline,
  };
  if (part.kind === 'file') {
    return {
      ...common,
      contentId: part.contentId,
      contentLocation: null,
      ...(view.withContent && { contentBytes: bytes.toString('base64') }),
    };
  }
  if (part.kind === 'item') return { ...common, ...(view.withItem && { item: nested(raw, part) }) };
  const { params } = parseStructured(headerValue(part.node.headers, 'content-type'));
  return { ...common, sourceUrl: params.url ?? null, providerType: 'oneDriveBusiness' };
};

const nested = (raw: Buffer, { node }: AttachmentPart) => {
  const inner = node.children[0];
  if (!inner) return null;
  const header = (name: string) => headerValue(inner.headers, name);
  const from = parseRecipients(header('from'))[0];
  return {
    '@odata.type': '#microsoft.graph.message',
    id: '',
    subject: decodeWords(header('subject') ?? ''),
    ...(from && { from, sender: from }),
    toRecipients: parseRecipients(header('to')),
    ccRecipients: parseRecipients(header('cc')),
    internetMessageId: header('message-id') ?? null,
    body: readBody(raw, inner, 'html'),
    hasAttachments: hasAttachments(inner),
  };
};
