import { NotFoundError, ProviderUnavailableError, RequestRefusedError } from '../errors.ts';
import type { CallGate } from '../mail-provider.ts';
import type { GmailClient } from './client.ts';
import type { GmailOptions } from './options.ts';
import { findPart, toPart } from './payload.ts';

/** base64url of an attachment, by the id the last `messages.get` gave. */
export type ReadAttachment = (messageId: string, attachmentId: string) => Promise<string>;

/** Reads attachment content; ids change on every get, so they are used at once. */
export const createReadAttachment =
  (gate: CallGate, client: GmailClient, options: GmailOptions): ReadAttachment =>
  async (messageId, id) => {
    const method = 'attachments.get';
    const { data } = await gate({ method, units: options.quota.units[method] }, (access) =>
      client.request({ method }, access, (users, http) =>
        users.messages.attachments.get({ userId: 'me', messageId, id, fields: 'data' }, http),
      ),
    );
    if (typeof data !== 'string') throw new ProviderUnavailableError('Gmail sent no content');
    return data;
  };

/**
 * Content of the attachment a part is: one get to learn its current id, one for the content.
 * @throws NotFoundError no such message or part
 * @throws RequestRefusedError larger than `maxResponseBytes` allows
 */
export const fetchAttachmentContent = async (
  where: { messageId: string; partId: string },
  deps: { gate: CallGate; client: GmailClient; options: GmailOptions; read: ReadAttachment },
): Promise<Uint8Array> => {
  const { gate, client, options } = deps;
  const method = 'messages.get';
  const message = await gate({ method, units: options.quota.units[method] }, (access) =>
    client.request({ method }, access, (users, http) =>
      users.messages.get(
        { userId: 'me', id: where.messageId, format: 'full', fields: 'payload' },
        http,
      ),
    ),
  );
  const part = findPart(toPart(message.payload), where.partId);
  if (!part) throw new NotFoundError('the message has no such attachment');
  if (part.size * (4 / 3) > options.maxResponseBytes) {
    throw new RequestRefusedError('the attachment is larger than this deployment fetches');
  }
  if (part.data === null && !part.attachmentId) {
    if (part.size > 0 || part.parts.length > 0) {
      throw new NotFoundError('Gmail offers no content for this attachment');
    }
    return new Uint8Array();
  }
  const data = part.data ?? (await deps.read(where.messageId, part.attachmentId ?? ''));
  return Buffer.from(data, 'base64url');
};
