import type { Attachment } from '../../domain/message.ts';
import { DEFAULT_NAMES, safeFilename } from '../attachment-names.ts';
import { NotFoundError, RequestRefusedError, ResponseTooLargeError } from '../errors.ts';
import { record, string } from '../json.ts';
import { messageId } from '../message-ids.ts';
import { rowsOf } from './cursor.ts';
import { type GraphRequests, messagePath } from './request.ts';

/** Everything but the content; the Content-ID belongs to files only, hence the cast. */
export const ATTACHMENTS_SELECT =
  'id,name,contentType,size,isInline,microsoft.graph.fileAttachment/contentId';

/** A link to a file that lies elsewhere, such as OneDrive; there is no content to fetch. */
const LINK = 'text/uri-list';

/** The list `…/attachments` answers. Files, forwarded items and links alike; ids are immutable. */
export const toAttachments = (answer: object): Attachment[] =>
  rowsOf(answer).map((row): Attachment => {
    const { id, name, contentType, size, isInline, contentId, ...rest } = record(row);
    const mimeType = typeOf(string(rest['@odata.type']), string(contentType));
    return {
      partId: string(id),
      filename: safeFilename(string(name)) || DEFAULT_NAMES[mimeType] || 'attachment',
      mimeType: mimeType.slice(0, 127),
      sizeBytes: typeof size === 'number' && size > 0 ? size : 0,
      inline: isInline === true,
      contentId: messageId(string(contentId)),
    };
  });

const typeOf = (odataType: string, contentType: string): string => {
  if (/itemAttachment$/i.test(odataType)) return 'message/rfc822';
  if (/referenceAttachment$/i.test(odataType)) return LINK;
  return contentType.split(';')[0]?.trim().toLowerCase() || 'application/octet-stream';
};

/**
 * Content of one attachment, a forwarded item as MIME.
 * @throws NotFoundError no such message or attachment, or a link, which has no content
 */
export const fetchContent = async (
  requests: GraphRequests,
  id: string,
  partId: string,
): Promise<Uint8Array> => {
  const path = `${messagePath(id)}/attachments/${encodeURIComponent(partId)}/$value`;
  try {
    return await requests.bytes({ method: 'attachments.get', to: { path } });
  } catch (err) {
    if (!(err instanceof RequestRefusedError) || err instanceof ResponseTooLargeError) throw err;
    throw new NotFoundError('Graph offers no content for this attachment.');
  }
};
