import type { Aad } from '../crypto/aad.ts';
import { type DataKey, openJsonBy } from '../crypto/data-key.ts';
import { sealJson } from '../crypto/seal.ts';
import type { Attachment, MailMessage, Participant } from '../domain/message.ts';

/** What a timeline row shows; sealed in `messages.envelope_ct`. */
export interface Envelope {
  subject: string;
  snippet: string;
  participants: Participant[];
  attachments: Attachment[];
  rfcMessageId: string | null;
  inReplyTo: string | null;
  references: string[];
}

/** Sealed in `messages.body_ct`, apart from the envelope, so that a timeline opens no bodies. */
export interface Body {
  text: string | null;
  html: string | null;
  defects: string[];
}

/** Which row a ciphertext belongs to; moved to another one it does not open. */
export interface MessageRef {
  orgId: string;
  inboxId: string;
  messageId: string;
}

export const messageAad = (
  { orgId, inboxId, messageId }: MessageRef,
  column: 'messages.envelope_ct' | 'messages.body_ct',
): Aad => ({ orgId, inboxId, column, rowId: messageId });

export function sealMessage(
  key: DataKey,
  ref: MessageRef,
  message: MailMessage,
): { envelopeCt: Buffer; bodyCt: Buffer } {
  const envelope: Envelope = {
    subject: message.subject,
    snippet: message.snippet,
    participants: message.participants,
    attachments: message.attachments,
    rfcMessageId: message.rfcMessageId,
    inReplyTo: message.inReplyTo,
    references: message.references,
  };
  const body: Body = { text: message.text, html: message.html, defects: message.defects };
  return {
    envelopeCt: sealJson(key.current, messageAad(ref, 'messages.envelope_ct'), envelope),
    bodyCt: sealJson(key.current, messageAad(ref, 'messages.body_ct'), body),
  };
}

export const openEnvelope = (key: DataKey, ref: MessageRef, sealed: Uint8Array): Envelope =>
  openJsonBy<Envelope>(key, messageAad(ref, 'messages.envelope_ct'), sealed);

export const openBody = (key: DataKey, ref: MessageRef, sealed: Uint8Array): Body =>
  openJsonBy<Body>(key, messageAad(ref, 'messages.body_ct'), sealed);
