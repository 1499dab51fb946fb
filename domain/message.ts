/** The one mail shape. Providers map into it; nothing outside `providers/` sees provider JSON. */

export type ParticipantRole = 'from' | 'sender' | 'reply-to' | 'to' | 'cc' | 'bcc';

export interface Participant {
  role: ParticipantRole;
  /** Decoded display name, '' when absent. */
  name: string;
  /** As written in the header, trimmed; not normalised (see address.ts). */
  address: string;
}

/** The provider's system places, named alike for every provider; only `mail` is ever stored. */
export type MessageState = 'mail' | 'draft' | 'spam' | 'trash' | 'chat';

/** What may be read of a message before the scope predicate has said yes. */
export interface MessageHead {
  providerMessageId: string;
  providerThreadId: string;
  state: MessageState;
  /**
   * Provider ids of the labels the message carries; for providers with folders, of its own folder
   * first and then of that folder's ancestors (scope.ts relies on the order).
   */
  labelIds: string[];
  /** Epoch ms, the provider's own time of acceptance; never the Date header. */
  receivedAt: number;
  participants: Participant[];
  /** Message-ID without angle brackets; null when absent or empty. */
  rfcMessageId: string | null;
}

export interface Attachment {
  /** Stable within the message: Gmail partId. Provider attachment ids change on every get. */
  partId: string;
  filename: string;
  mimeType: string;
  sizeBytes: number;
  /** True for parts the HTML refers to by Content-ID. */
  inline: boolean;
  contentId: string | null;
}

export interface MailMessage extends MessageHead {
  subject: string;
  snippet: string;
  text: string | null;
  html: string | null;
  attachments: Attachment[];
  /** Message-IDs without brackets. */
  inReplyTo: string | null;
  references: string[];
  /** Set when a text part could not be decoded faithfully (wrong charset, broken encoding). */
  defects: string[];
}

export type Direction = 'inbound' | 'outbound';
