import type {
  Contact,
  Inbox,
  InboxSummary,
  MailItem,
  Message,
  Provider,
  Timeline,
} from './api-shapes.ts';
import { homePage, type ShownInbox } from './home-view.ts';
import { messagePage, type Sent, threadPage, timelinePage } from './mail-views.ts';
import { type Answer, show, type Visit } from './visit.ts';

export async function home({ crm, url }: Visit): Promise<Answer> {
  const [inboxes, { contacts }] = await Promise.all([
    Promise.all(PROVIDERS.map((provider) => currentInbox(crm.api, provider))),
    crm.api.get<{ contacts: Contact[] }>('/api/v1/contacts?limit=100'),
  ]);
  return show(homePage({ inboxes, contacts, query: url.searchParams }), crm.links);
}

const PROVIDERS = ['gmail', 'outlook'] as const;

/** The one that syncs; else the latest. The demo has one mailbox per provider, so hardly more. */
async function currentInbox(api: Visit['crm']['api'], provider: Provider): Promise<ShownInbox> {
  const answer = await api.get<{ inboxes: InboxSummary[] }>('/api/v1/inboxes');
  const inboxes = answer.inboxes.filter((one) => one.provider === provider);
  const current = inboxes.find(({ status }) => status !== 'disconnected') ?? inboxes.at(-1);
  const inbox = current ? await api.get<Inbox>(`/api/v1/inboxes/${current.id}`) : null;
  return { provider, inbox };
}

export async function timeline({ crm, url, parts: [id] }: Visit): Promise<Answer> {
  const cursor = url.searchParams.get('cursor');
  const page = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
  const [contact, messages] = await Promise.all([
    crm.api.get<Contact>(`/api/v1/contacts/${id}`),
    crm.api.get<Timeline>(`/api/v1/contacts/${id}/timeline?limit=25${page}`),
  ]);
  return show(timelinePage(contact, messages, sentOf(url.searchParams)), crm.links);
}

function sentOf(query: URLSearchParams): Sent | null {
  const sent = query.get('sent');
  if (sent === null) return null;
  return { arrivedAfter: /^\d{1,6}$/.test(sent) ? Number(sent) : null };
}

export async function thread({ crm, url, parts: [inbox, id] }: Visit): Promise<Answer> {
  const { messages } = await crm.api.get<{ messages: MailItem[] }>(
    `/api/v1/threads/${inbox}/${id}`,
  );
  return show(threadPage(messages, url.searchParams.get('contact')), crm.links);
}

export async function message({ crm, url, parts: [id] }: Visit): Promise<Answer> {
  const found = await crm.api.get<Message>(`/api/v1/messages/${id}`);
  return show(messagePage(found, url.searchParams.get('contact')), crm.links);
}

const KEPT_HEADERS = ['content-type', 'content-disposition', 'content-length'] as const;

/** The attachment, through this server: the browser has no token. Always a download, as the API says. */
export async function attachment({ crm, url }: Visit): Promise<Answer> {
  const { headers, body } = await crm.api.send('GET', url.pathname);
  const kept = KEPT_HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return {
    status: 200,
    headers: {
      ...Object.fromEntries(kept),
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    },
    body,
  };
}
