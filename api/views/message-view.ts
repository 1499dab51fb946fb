import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import { unwrapDataKey } from '../../crypto/data-key.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import { SealBrokenError } from '../../crypto/seal.ts';
import type { MessageRow, TimelineRow } from '../../db/timeline-store.ts';
import type { Attachment } from '../../domain/message.ts';
import { type Envelope, openBody, openEnvelope } from '../../vault/message-seals.ts';
import { type SafeHtml, sanitiseHtml } from '../sanitise-html.ts';
import { iso } from './time.ts';

/** Opens rows, unwrapping each inbox's data key once. */
export class MessageOpener {
  readonly #keyRing: KeyRing;
  readonly #log: Logger;
  readonly #keys = new Map<string, KeyObject>();

  constructor({ keyRing, log }: { keyRing: KeyRing; log: Logger }) {
    this.#keyRing = keyRing;
    this.#log = log;
  }

  /** The envelope, or null where its seal is broken: one such row must not hide the others. */
  envelopeIfWhole(row: TimelineRow): Envelope | null {
    try {
      return this.envelope(row);
    } catch (error) {
      if (!(error instanceof SealBrokenError)) throw error;
      this.#log.error({ messageId: row.id, err: error }, 'a stored message does not open');
      return null;
    }
  }

  envelope(row: TimelineRow): Envelope {
    return openEnvelope(this.#key(row), refOf(row), row.envelopeCt);
  }

  body(row: MessageRow) {
    return openBody(this.#key(row), refOf(row), row.bodyCt);
  }

  #key({ orgId, inboxId, key }: TimelineRow): KeyObject {
    const id = `${inboxId} ${key.masterKeyId} ${key.wrappedKey.toString('base64')}`;
    const known = this.#keys.get(id) ?? unwrapDataKey(this.#keyRing, { orgId, inboxId }, key);
    this.#keys.set(id, known);
    return known;
  }
}

const refOf = ({ orgId, inboxId, id }: TimelineRow) => ({ orgId, inboxId, messageId: id });

/** A row of a timeline or thread; `unreadable` when its seal is broken. */
export function timelineItem(opener: MessageOpener, row: TimelineRow) {
  return itemOf(row, opener.envelopeIfWhole(row));
}

function itemOf(row: TimelineRow, envelope: Envelope | null) {
  return {
    id: row.id,
    inboxId: row.inboxId,
    threadId: row.providerThreadId,
    direction: row.direction,
    receivedAt: iso(row.receivedAt),
    subject: envelope?.subject ?? null,
    snippet: envelope?.snippet ?? null,
    participants: envelope?.participants ?? [],
    hasAttachments: row.hasAttachments,
    unreadable: envelope === null,
  };
}

/** A whole message: text, cleaned HTML, and what is attached. */
export function messageView(opener: MessageOpener, row: MessageRow, showRemoteImages: boolean) {
  const envelope = opener.envelope(row);
  const { text, html, defects } = opener.body(row);
  const address = (partId: string): string =>
    `/api/v1/messages/${row.id}/attachments/${encodeURIComponent(partId)}`;
  const inline = new Map(envelope.attachments.map((one) => [one.contentId, one.partId]));
  const safe: SafeHtml | null =
    html === null
      ? null
      : sanitiseHtml(html, {
          showRemoteImages,
          inlineImage: (contentId) => {
            const partId = inline.get(contentId);
            return partId === undefined ? null : address(partId);
          },
        });
  return {
    ...itemOf(row, envelope),
    messageId: envelope.rfcMessageId,
    inReplyTo: envelope.inReplyTo,
    text,
    html: safe?.html ?? null,
    htmlTruncated: safe?.truncated ?? false,
    remoteImages: safe?.remoteImages ?? 0,
    attachments: envelope.attachments.map((one) => attachmentView(one, address(one.partId))),
    defects,
  };
}

function attachmentView(attachment: Attachment, url: string) {
  const { partId, filename, mimeType, sizeBytes, inline, contentId } = attachment;
  return { partId, filename, mimeType, sizeBytes, inline, contentId, url };
}
