import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import type { Address } from '../../domain/outgoing.ts';
import type { OutgoingMail } from '../mail-sender.ts';

/** Ours, and kept by Gmail, which may replace a Message-ID. */
export const MARKER_HEADER = 'X-Sambandh-Send';

/** The message as bytes. Bcc stays in: Gmail reads the recipients there, then takes it out. */
export function composeMessage(message: OutgoingMail): Promise<Buffer> {
  const { content, marker, rfcMessageId, writtenAt } = message;
  const { from, to, cc, bcc, subject, text, html, inReplyTo, references } = content;
  const composed = new MailComposer({
    ...{ from, to: list(to), cc: list(cc), bcc: list(bcc), subject },
    ...(text !== null && { text }),
    ...(html !== null && { html }),
    messageId: bracketed(rfcMessageId),
    date: new Date(writtenAt),
    headers: { [MARKER_HEADER]: marker },
    ...(inReplyTo !== null && { inReplyTo: bracketed(inReplyTo) }),
    ...(references.length > 0 && { references: references.map(bracketed) }),
    attachments: content.attachments.map(({ filename, contentType, contentBase64 }) => ({
      ...{ filename, contentType, content: Buffer.from(contentBase64, 'base64') },
    })),
    // Content is given, never fetched, whatever a field may look like.
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  composed.keepBcc = true;
  return composed.build();
}

const list = (addresses: readonly Address[]): Address[] => [...addresses];
const bracketed = (id: string): string => `<${id}>`;
