import type { Attachment } from '../../domain/message.ts';
import { DEFAULT_NAMES, safeFilename } from '../attachment-names.ts';
import { messageId } from '../message-ids.ts';
import { cleanText } from '../text.ts';
import { headerText, headerValue, parseStructured } from './headers.ts';
import { attachmentPartId, type Part } from './payload.ts';

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
  return safeFilename(name);
};

const paramOf = (part: Part, header: string, param: string): string => {
  const value = headerValue(part.headers, header);
  return value.includes('=') ? (parseStructured(value).params.get(param) ?? '') : '';
};

/** Gmail gives a forwarded message no size of its own where it lists the parts inside. */
const totalSize = (part: Part): number =>
  part.size || part.parts.reduce((sum, child) => sum + totalSize(child), 0);
