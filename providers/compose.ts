import MailComposer from 'nodemailer/lib/mail-composer/index.js';
import type { Address, OutgoingContent } from '../domain/outgoing.ts';
import { MARKER_HEADER } from './mail-sender.ts';

export interface Stamp {
  /** Found again at the provider by it. */
  marker: string;
  /** Without brackets. */
  rfcMessageId: string;
  /** Epoch ms. */
  writtenAt: number;
}

/** The message as bytes. Bcc stays in: both providers read the recipients there, then take it out. */
export function composeMessage(content: OutgoingContent, stamp: Stamp): Promise<Buffer> {
  const { from, to, cc, bcc, subject, text, html, inReplyTo, references } = content;
  const composed = new MailComposer({
    ...{ from, to: list(to), cc: list(cc), bcc: list(bcc), subject },
    ...(text !== null && { text }),
    ...(html !== null && { html }),
    messageId: bracketed(stamp.rfcMessageId),
    date: new Date(stamp.writtenAt),
    headers: { [MARKER_HEADER]: stamp.marker },
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
