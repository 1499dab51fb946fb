import type { AddMessage, EmulatorControl, MessageRef } from '../../emulator/control/contract.ts';
import type { Person as Identity, Product } from '../../stack/product.ts';
import { type Landing, TestApi } from './api.ts';
import { type Mailbox, type MailProviderName, mailboxAt } from './mailbox.ts';
import { until } from './until.ts';

export interface ScopeChoice {
  kind: 'contacts' | 'label' | 'folder' | 'unchosen';
  labelId?: string;
  folderId?: string;
  includeSubfolders?: boolean;
}

export interface ConnectOptions {
  scope?: ScopeChoice;
  /** Mailbox chosen on the consent page; default the person's own. */
  address?: string;
  /** Scopes left ticked. */
  scopes?: string[];
  allow?: boolean;
}

export interface Receipt {
  seen: number;
  stored: number;
  skipped: Record<string, number>;
  gone: number;
  failed: number;
  missing: number;
}

export interface BackfillView {
  n: number;
  kind: string;
  state: string;
  windowFrom: string;
  windowTo: string;
  finishedAt: string | null;
  receipt: (Receipt & { words: { headline: string } }) | null;
}

export interface GapView {
  cause: string;
  from: string;
  to: string;
  closedAt: string | null;
  words: string;
}

export interface InboxView {
  id: string;
  status: string;
  statusWords: string;
  epoch: number;
  address: string | null;
  scope: ScopeChoice;
  scopeName: string | null;
  windowStart: string;
  reconnect: { reason: string } | null;
  problem: { code: string; action: string } | null;
  backfills: { running: BackfillView[]; last: BackfillView[] };
  gaps: GapView[];
  sync: { caughtUpTo: string | null };
  touched: {
    calls: number;
    stored: number;
    idsListed: number;
    bodiesRead: number;
    headsRead: number;
  };
}

export interface TimelineItem {
  id: string;
  inboxId: string;
  threadId: string;
  direction: 'inbound' | 'outbound';
  receivedAt: string;
  subject: string;
  snippet: string;
  hasAttachments: boolean;
  participants: { role: string; address: string; name: string | null }[];
}

export interface MessageDetail extends TimelineItem {
  text: string | null;
  html: string | null;
  messageId: string | null;
  defects: string[];
  attachments: { partId: string; filename: string | null; sizeBytes: number; url: string }[];
}

/** One CRM user with a mailbox at the emulated provider. */
export class Person {
  readonly identity: Identity;
  readonly provider: MailProviderName;
  readonly api: TestApi;
  /** The person's mailbox at its provider. */
  readonly mailbox: Mailbox;
  readonly #emulator: EmulatorControl;
  readonly #apiUrl: string;

  static async of(
    product: Product,
    identity: Identity,
    provider: MailProviderName = 'gmail',
  ): Promise<Person> {
    return new Person(product, identity, provider, await product.tokenFor(identity));
  }

  private constructor(
    product: Product,
    identity: Identity,
    provider: MailProviderName,
    token: string,
  ) {
    this.identity = identity;
    this.provider = provider;
    this.#emulator = product.emulator;
    this.mailbox = mailboxAt(provider, { emulator: product.emulator, address: identity.email });
    this.#apiUrl = product.apiUrl;
    this.api = new TestApi(product.apiUrl, token);
  }

  /** Of the person's mailbox. */
  get address(): string {
    return this.identity.email;
  }

  /** Makes the person's contacts exactly these: id → addresses. */
  async putContacts(contacts: Record<string, string[]>): Promise<void> {
    const entries = Object.entries(contacts);
    for (let at = 0; at < entries.length; at += 500) {
      await this.api.post('/api/v1/contacts/bulk', {
        contacts: entries.slice(at, at + 500).map(([id, addresses]) => ({
          id,
          name: id,
          addresses,
        })),
      });
    }
  }

  /** Puts a message into the mailbox; inbound, and now, unless it says otherwise. */
  add(mail: Omit<AddMessage, 'address'>): Promise<MessageRef> {
    const mine = mail.as === 'sent' || mail.as === 'self';
    return this.#emulator.addMessage({
      address: this.address,
      ...(!mail.rawBase64 && { from: mine ? this.address : 'nobody@stranger.test' }),
      ...(!mail.rawBase64 && !(mail.as === 'sent') && { to: this.address }),
      ...mail,
    });
  }

  /** Begins a connect: where the browser is sent. */
  async begin(scope?: ScopeChoice): Promise<URL> {
    const { authorizationUrl } = await this.api.post<{ authorizationUrl: string }>(
      '/api/v1/inboxes',
      { provider: this.provider, ...(scope && { scope }), returnTo: `${this.#apiUrl}/` },
    );
    return new URL(authorizationUrl);
  }

  /** Clicks through the consent page and comes back. */
  async consent(authUrl: URL, options: ConnectOptions = {}): Promise<Landing> {
    return await this.api.comeBack(await this.signIn(authUrl, options));
  }

  /** Clicks through the consent page. @returns where the browser is sent back to */
  async signIn(authUrl: URL, options: ConnectOptions = {}): Promise<string> {
    const address = options.address ?? this.address;
    if (this.provider === 'outlook') {
      const action = options.allow === false ? 'cancel' : 'accept';
      return (await this.#emulator.signIn({ url: authUrl.href, address, action })).redirectUrl;
    }
    const { redirectUrl } = await this.#emulator.consent({
      authUrl: authUrl.href,
      address,
      ...(options.scopes && { scopes: options.scopes }),
      ...(options.allow !== undefined && { allow: options.allow }),
    });
    return redirectUrl;
  }

  /** The whole connect. @returns the inbox's id */
  async connect(options: ConnectOptions = {}): Promise<string> {
    const landed = await this.consent(await this.begin(options.scope), options);
    const outcome = options.scope?.kind === 'unchosen' ? 'connected_unchosen' : 'connected';
    if (landed.outcome === outcome && landed.inboxId) return landed.inboxId;
    throw new Error(`connecting ended with ${landed.status} ${landed.outcome}`);
  }

  async reconnect(inboxId: string): Promise<void> {
    const { authorizationUrl } = await this.api.post<{ authorizationUrl: string }>(
      `/api/v1/inboxes/${inboxId}/reconnect`,
      { returnTo: `${this.#apiUrl}/` },
    );
    const landed = await this.consent(new URL(authorizationUrl));
    if (landed.outcome !== 'reconnected' && landed.outcome !== 'connected') {
      throw new Error(`reconnecting ended with ${landed.status} ${landed.outcome}`);
    }
  }

  inbox(inboxId: string): Promise<InboxView> {
    return this.api.get(`/api/v1/inboxes/${inboxId}`);
  }

  async backfills(inboxId: string): Promise<BackfillView[]> {
    const path = `/api/v1/inboxes/${inboxId}/backfills`;
    return (await this.api.get<{ backfills: BackfillView[] }>(path)).backfills;
  }

  /** Waits for a finished backfill of that kind; `after` is the highest number not meant. */
  untilBackfilled(
    inboxId: string,
    kind = 'initial',
    { after = 0, timeoutMs = 60_000 } = {},
  ): Promise<BackfillView & { receipt: Receipt }> {
    return until(
      `${kind} backfill`,
      async () => {
        const all = await this.backfills(inboxId);
        const done = all.find((one) => one.kind === kind && one.receipt !== null && one.n > after);
        return done as (BackfillView & { receipt: Receipt }) | undefined;
      },
      { timeoutMs, patient: true, seen: () => this.backfills(inboxId) },
    );
  }

  /** Connects and waits for the first backfill. */
  async connectAndBackfill(options: ConnectOptions = {}): Promise<string> {
    const inboxId = await this.connect(options);
    await this.untilBackfilled(inboxId);
    return inboxId;
  }

  untilStatus(inboxId: string, status: string): Promise<InboxView> {
    return until(
      `the inbox being ${status}`,
      async () => {
        const inbox = await this.inbox(inboxId);
        return inbox.status === status ? inbox : null;
      },
      { seen: () => this.inbox(inboxId) },
    );
  }

  /** All pages of one contact's timeline, newest first. */
  async timeline(contactId: string, limit = 100): Promise<TimelineItem[]> {
    const items: TimelineItem[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const query = `limit=${limit}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`;
      const page: { messages: TimelineItem[]; nextCursor: string | null } = await this.api.get(
        `/api/v1/contacts/${encodeURIComponent(contactId)}/timeline?${query}`,
      );
      items.push(...page.messages);
      cursor = page.nextCursor;
    }
    return items;
  }

  async subjects(contactId: string): Promise<string[]> {
    return (await this.timeline(contactId)).map(({ subject }) => subject);
  }

  /** Waits until the subject is on the contact's timeline. */
  untilOnTimeline(contactId: string, subject: string, timeoutMs = 60_000): Promise<TimelineItem> {
    return until(
      `"${subject}" on the timeline of ${contactId}`,
      async () => (await this.timeline(contactId)).find((item) => item.subject === subject),
      { timeoutMs, patient: true, seen: () => this.subjects(contactId) },
    );
  }

  message(id: string): Promise<MessageDetail> {
    return this.api.get(`/api/v1/messages/${id}`);
  }

  disconnect(inboxId: string): Promise<{ status: string; epoch: number; revokeAt: string }> {
    return this.api.post(`/api/v1/inboxes/${inboxId}/disconnect`);
  }
}
