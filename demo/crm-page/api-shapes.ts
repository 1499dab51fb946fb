/** What the page reads of the API's answers; docs/api.md has the whole of them. */
export type Provider = 'gmail' | 'outlook';

export interface InboxSummary {
  id: string;
  provider: Provider;
  address: string | null;
  status: 'connected' | 'needs_reconnect' | 'disconnected' | 'deleting';
  statusWords: string;
  connectedAt: string;
  historyDeletedAt: string | null;
  reconnect: { words: string; action: string } | null;
}

export interface Backfill {
  n: number;
  kind: 'initial' | 'contacts' | 'scope' | 'gap' | 'recheck';
  state: string;
  windowFrom: string;
  windowTo: string;
  dueAt: string;
  finishedAt: string | null;
  receipt: { words: { headline: string; lines: string[]; nextStep: string | null } } | null;
}

export interface RunningBackfill extends Backfill {
  progress: {
    slices: number;
    slicesDone: number;
    seen: number;
    stored: number;
    skipped: number;
    failed: number;
    gone: number;
  };
  eta: { words: string } | null;
}

export interface Inbox extends InboxSummary {
  sync: {
    caughtUpTo: string | null;
    push: { active: boolean; expiresAt: string | null; lastAt: string | null };
  };
  backfills: { running: RunningBackfill[]; last: Backfill[] };
  gaps: { id: string; words: string; closedAt: string | null }[];
  touched: {
    calls: number;
    units: number;
    idsListed: number;
    headsRead: number;
    bodiesRead: number;
    stored: number;
  };
}

export interface Contact {
  id: string;
  name: string;
  addresses: string[];
}

export interface Participant {
  role: 'from' | 'sender' | 'reply-to' | 'to' | 'cc' | 'bcc';
  name: string;
  address: string;
}

export interface MailItem {
  id: string;
  inboxId: string;
  threadId: string;
  direction: 'inbound' | 'outbound';
  receivedAt: string;
  subject: string | null;
  snippet: string | null;
  participants: Participant[];
  hasAttachments: boolean;
  unreadable: boolean;
}

export interface Timeline {
  messages: MailItem[];
  nextCursor: string | null;
}

export interface Message extends MailItem {
  text: string | null;
  html: string | null;
  htmlTruncated: boolean;
  remoteImages: number;
  attachments: {
    partId: string;
    filename: string;
    mimeType: string;
    sizeBytes: number;
    inline: boolean;
    url: string;
  }[];
}
