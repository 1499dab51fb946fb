import type { Address, OutgoingContent } from '../../domain/outgoing.ts';
import { NotFoundError } from '../errors.ts';
import { array, record, string } from '../json.ts';
import type { ProviderSession } from '../mail-provider.ts';
import type { MailSender, OutgoingMail, SentMail } from '../mail-sender.ts';
import { createGraphClient, type GraphCall } from './client.ts';
import type { GraphOptions } from './options.ts';
import { messagePath } from './request.ts';

/** A named property of ours (MAPI): Exchange keeps it with the copy in Sent Items, and finds by it. */
const MARKER = 'String {6a1f0f0e-2f6b-4f0b-9a3d-5d4b8f1c7e21} Name SambandhSend';

/**
 * With Mail.Send alone: drafts would need Mail.ReadWrite, which may change and delete mail. Graph
 * takes a message without naming it, so it is found by our mark, in the mailbox and not by search.
 * @see Graph user: sendMail, message: reply, singleValueLegacyExtendedProperty
 */
export const createGraphSender = (options: GraphOptions, { gate }: ProviderSession): MailSender => {
  const client = createGraphClient(options);

  const post = (call: GraphCall, onStart: () => void): Promise<void> =>
    gate({ method: call.method, units: 1, sends: true }, (access) => {
      onStart();
      return client.command({ ...call, http: 'POST' }, access);
    });

  /** @returns false when the message that is answered has been deleted meanwhile */
  const reply = async (id: string, mail: OutgoingMail): Promise<boolean> => {
    const to = { path: `${messagePath(id)}/reply` };
    try {
      await post({ method: 'messages.reply', to, body: { message: toGraph(mail) } }, mail.onStart);
      return true;
    } catch (error) {
      if (error instanceof NotFoundError) return false;
      throw error;
    }
  };

  return {
    async send(mail) {
      const { answersId } = mail.content;
      if (answersId !== null && (await reply(answersId, mail))) return null;
      const body = { message: toGraph(mail), saveToSentItems: true };
      await post({ method: 'sendMail', to: { path: '/me/sendMail' }, body }, mail.onStart);
      return null;
    },

    async findSent(marker) {
      const query = {
        $filter: `singleValueExtendedProperties/Any(ep: ep/id eq '${MARKER}' and ep/value eq '${marker}')`,
        $select: 'id,conversationId,isDraft',
      };
      const call: GraphCall = { method: 'messages.find', to: { path: '/me/messages', query } };
      const answer = await gate({ method: call.method, units: 1 }, (access) =>
        client.request(call, access),
      );
      // On its way Exchange keeps it as a draft for a moment.
      const sent = array(record(answer).value)
        .map(record)
        .find(({ isDraft }) => isDraft === false);
      return sent ? toSent(sent) : null;
    },
  };
};

const toSent = ({ id, conversationId }: Record<string, unknown>): SentMail => ({
  providerMessageId: string(id),
  providerThreadId: string(conversationId),
});

/** From is the mailbox's own, and so are Message-ID, In-Reply-To and References. */
const toGraph = ({ content, marker }: OutgoingMail) => ({
  subject: content.subject,
  body: bodyOf(content),
  toRecipients: content.to.map(recipient),
  ccRecipients: content.cc.map(recipient),
  bccRecipients: content.bcc.map(recipient),
  attachments: content.attachments.map(({ filename, contentType, contentBase64 }) => ({
    '@odata.type': '#microsoft.graph.fileAttachment',
    name: filename,
    contentType,
    contentBytes: contentBase64,
  })),
  singleValueExtendedProperties: [{ id: MARKER, value: marker }],
});

/** One of them is all that Graph takes; it makes the text from the HTML. */
const bodyOf = ({ html, text }: OutgoingContent) =>
  html === null
    ? { contentType: 'text', content: text ?? '' }
    : { contentType: 'html', content: html };

const recipient = ({ name, address }: Address) => ({
  emailAddress: { address, ...(name !== '' && { name }) },
});
