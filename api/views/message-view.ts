import type { Logger } from 'pino';
import { z } from 'zod';
import type { DataKey } from '../../crypto/data-key.ts';
import type { KeyRing } from '../../crypto/key-ring.ts';
import type { Tx } from '../../db/database.ts';
import type { MessageRow, TimelineRow } from '../../db/timeline-store.ts';
import type { Attachment } from '../../domain/message.ts';
import { DataKeyDestroyedError, readDataKey } from '../../vault/data-keys.ts';
import { type Envelope, openBody, openEnvelope } from '../../vault/message-seals.ts';
import { isUnreadable } from '../../vault/unreadable.ts';
import { type SafeHtml, sanitiseHtml } from '../sanitise-html.ts';
import { iso, timeSchema } from './time.ts';

export const imagesQuery = z
  .enum(['show', 'hide'])
  .default('hide')
  .describe('Remote images tell the sender that the email was read.');

export const timelineItemSchema = z
  .object({
    id: z.uuid(),
    inboxId: z.uuid(),
    threadId: z.string(),
    direction: z.enum(['inbound', 'outbound']),
    receivedAt: timeSchema,
    subject: z.string().nullable(),
    snippet: z.string().nullable(),
    participants: z.array(
      z.object({
        role: z.enum(['from', 'sender', 'reply-to', 'to', 'cc', 'bcc']),
        name: z.string(),
        address: z.string(),
      }),
    ),
    hasAttachments: z.boolean().describe('Images shown inside the text are not counted.'),
    shared: z.boolean().describe('With the team, by its owner.'),
    sharedBy: z
      .string()
      .nullable()
      .describe('The owner’s user id when it is a teammate’s; null for the caller’s own.'),
    unreadable: z
      .boolean()
      .describe('The stored row does not open any more: subject and snippet are null.'),
  })
  .meta({ id: 'TimelineItem', description: 'A message as timelines and threads show it.' });

const attachmentSchema = z
  .object({
    partId: z.string(),
    filename: z.string(),
    mimeType: z.string(),
    sizeBytes: z.int().nonnegative(),
    inline: z.boolean(),
    contentId: z.string().nullable(),
    url: z.string().describe('A path of this server.'),
  })
  .meta({ id: 'Attachment' });

export const messageSchema = timelineItemSchema
  .extend({
    messageId: z.string().nullable().describe('Its Message-ID, without angle brackets.'),
    inReplyTo: z.string().nullable(),
    text: z.string().nullable(),
    html: z
      .string()
      .nullable()
      .describe(
        'Cleaned of all that could run, load or lead astray; show it in a sandboxed frame all the same. Null when there is none, or it is nested too deep.',
      ),
    htmlTruncated: z.boolean().describe('Only the first 500,000 characters are shown.'),
    remoteImages: z.int().nonnegative().describe('How many there are, shown or not.'),
    attachments: z.array(attachmentSchema),
    defects: z.array(z.string()).describe('Parts that could not be decoded faithfully.'),
  })
  .meta({ id: 'Message' });

/** Opens rows by their inboxes' data keys, each of which is unwrapped once. */
export class MessageOpener {
  readonly #log: Logger;
  readonly #keys: ReadonlyMap<string, DataKey | Error>;

  /**
   * For rows of this transaction.
   * @throws KeyStoreError
   */
  static async for(
    tx: Tx,
    { keyRing, log }: { keyRing: KeyRing; log: Logger },
    rows: readonly TimelineRow[],
  ): Promise<MessageOpener> {
    const inboxes = new Map(rows.map(({ inboxId: id, orgId }) => [id, { id, orgId }]));
    const keys = new Map<string, DataKey | Error>();
    for (const inbox of inboxes.values()) {
      keys.set(inbox.id, await readDataKey(tx, keyRing, inbox).catch(unlessPassing));
    }
    return new MessageOpener(log, keys);
  }

  private constructor(log: Logger, keys: ReadonlyMap<string, DataKey | Error>) {
    this.#log = log;
    this.#keys = keys;
  }

  /** The envelope, or null where it does not open: one such row must not hide the others. */
  envelopeIfWhole(row: TimelineRow): Envelope | null {
    try {
      return this.envelope(row);
    } catch (error) {
      this.#log.error(
        { inboxId: row.inboxId, messageId: row.id, err: unlessPassing(error) },
        NOT_OPENED,
      );
      return null;
    }
  }

  envelope(row: TimelineRow): Envelope {
    return openEnvelope(this.#key(row), refOf(row), row.envelopeCt);
  }

  body(row: MessageRow) {
    return openBody(this.#key(row), refOf(row), row.bodyCt);
  }

  #key({ inboxId }: TimelineRow): DataKey {
    const key = this.#keys.get(inboxId);
    if (!key) throw new TypeError('This row is not one that the opener was made for.');
    if (key instanceof Error) throw key;
    return key;
  }
}

const NOT_OPENED = 'a stored message does not open';

/** What another try would not change, so that it concerns these rows alone; anything else is thrown. */
function unlessPassing(error: unknown): Error {
  if (isUnreadable(error) || error instanceof DataKeyDestroyedError) return error;
  throw error;
}

const refOf = ({ orgId, inboxId, id }: TimelineRow) => ({ orgId, inboxId, messageId: id });

/** A row of a timeline or thread; `unreadable` when its seal is broken. */
export function timelineItem(
  opener: MessageOpener,
  row: TimelineRow,
): z.output<typeof timelineItemSchema> {
  return itemOf(row, opener.envelopeIfWhole(row));
}

function itemOf(row: TimelineRow, envelope: Envelope | null): z.output<typeof timelineItemSchema> {
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
    shared: row.shared,
    sharedBy: row.sharedBy,
    unreadable: envelope === null,
  };
}

/** A whole message: text, cleaned HTML, and what is attached. */
export function messageView(
  opener: MessageOpener,
  row: MessageRow,
  showRemoteImages: boolean,
): z.output<typeof messageSchema> {
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
