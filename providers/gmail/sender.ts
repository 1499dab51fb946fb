import { ProviderUnavailableError } from '../errors.ts';
import type { ProviderSession } from '../mail-provider.ts';
import type { MailSender, SentMail } from '../mail-sender.ts';
import { createGmailClient } from './client.ts';
import { composeMessage, MARKER_HEADER } from './compose.ts';
import type { GmailOptions } from './options.ts';
import { buildUpload } from './upload.ts';

/** Looked through for a message that may have been sent: more than a person sends in ten minutes. */
const LOOK_BACK = 50;

/**
 * Gmail may replace a Message-ID, and search lags behind; what carries our header among the latest
 * of SENT, listed without a search, is neither.
 */
export function createGmailSender(options: GmailOptions, { gate }: ProviderSession): MailSender {
  const client = createGmailClient(options);
  const units = options.quota.units;

  const headerOf = async (id: string): Promise<{ at: number; marker: string; mail: SentMail }> => {
    const call = { method: 'messages.get', units: units['messages.get'], reads: { heads: 1 } };
    const answer = await gate(call, (access) =>
      client.request({ method: 'messages.get' }, access, (users, http) =>
        users.messages.get(
          {
            userId: 'me',
            id,
            format: 'metadata',
            metadataHeaders: [MARKER_HEADER],
            fields: 'id,threadId,internalDate,payload/headers',
          },
          http,
        ),
      ),
    );
    const marker = answer.payload?.headers?.find(
      ({ name }) => name?.toLowerCase() === MARKER_HEADER.toLowerCase(),
    );
    return {
      at: Number(answer.internalDate ?? 0),
      marker: marker?.value ?? '',
      mail: { providerMessageId: id, providerThreadId: answer.threadId ?? '' },
    };
  };

  return {
    async send(message) {
      const { providerThreadId, onStart } = message;
      const metadata = providerThreadId === null ? {} : { threadId: providerThreadId };
      const upload = buildUpload(metadata, await composeMessage(message));
      const call = { method: 'messages.send', units: units['messages.send'], sends: true };
      const { id, threadId } = await gate(call, (access) => {
        onStart();
        return client.upload({ method: 'messages.send' }, access, upload);
      });
      if (!id || !threadId) throw new ProviderUnavailableError('Gmail named no sent message');
      return { providerMessageId: id, providerThreadId: threadId };
    },

    async findSent(marker, since) {
      const call = { method: 'messages.list', units: units['messages.list'] };
      const { messages = [] } = await gate(call, (access) =>
        client.request({ method: 'messages.list' }, access, (users, http) =>
          users.messages.list({ userId: 'me', labelIds: ['SENT'], maxResults: LOOK_BACK }, http),
        ),
      );
      for (const { id } of messages) {
        if (!id) continue;
        const found = await headerOf(id);
        if (found.marker === marker) return found.mail;
        if (found.at < since) return null;
      }
      return null;
    },
  };
}
