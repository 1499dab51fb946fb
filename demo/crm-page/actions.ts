import { ApiProblem } from '../api-client.ts';
import { until } from '../until.ts';
import type { Contact, InboxSummary, Provider, Timeline } from './api-shapes.ts';
import { type Answer, seeOther, type Visit } from './visit.ts';

/**
 * Begins the connect for the browser at hand: it gets the API's cookie, without which the API
 * refuses the consent that comes back. Cookies know no ports, so it reaches the API on 127.0.0.1.
 */
export async function connect({ crm, parts: [provider], cookie }: Visit): Promise<Answer> {
  const response = await crm.api.send('POST', '/api/v1/inboxes', {
    body: { provider, scope: { kind: 'contacts' }, returnTo: `${crm.origin}/` },
    cookie,
  });
  const { authorizationUrl } = (await response.json()) as { authorizationUrl: string };
  return seeOther(authorizationUrl, response.headers.getSetCookie());
}

export async function disconnect({ crm, form }: Visit): Promise<Answer> {
  await crm.api.post(`${inboxPath(form)}/disconnect`);
  return seeOther('/?done=disconnected');
}

export async function deleteHistory({ crm, form }: Visit): Promise<Answer> {
  if (form.get('confirm') !== 'delete') return seeOther('/?done=unconfirmed');
  await crm.api.post(`${inboxPath(form)}/delete-history`, { confirm: 'delete' });
  return seeOther('/?done=deleted');
}

const inboxPath = (form: URLSearchParams): string =>
  `/api/v1/inboxes/${encodeURIComponent(form.get('inbox') || 'none')}`;

/** Has a contact send a mail to one of Maya's mailboxes, and sees how long it takes to the timeline. */
export async function write({ crm, form }: Visit): Promise<Answer> {
  const path = `/api/v1/contacts/${encodeURIComponent(form.get('contact') || 'none')}`;
  const contact = await crm.api.get<Contact>(path);
  const newest = (): Promise<Timeline> => crm.api.get(`${path}/timeline?limit=10`);
  const known = new Set((await newest()).messages.map(({ id }) => id));
  const subject = oneLine(form.get('subject')) || '(no subject)';
  const sentAt = performance.now();
  const to = form.get('provider') === 'outlook' ? 'outlook' : 'gmail';
  const address = crm.mailboxes.find(({ provider }) => provider === to)?.address ?? '';
  await crm.emulator.addMessage({
    address,
    from: `${contact.name} <${contact.addresses[0]}>`,
    to: address,
    subject,
    text: form.get('text') ?? '',
  });
  const arrived = await comes(crm.api, to, async () =>
    (await newest()).messages.some((one) => one.subject === subject && !known.has(one.id)),
  );
  const took = arrived ? Math.round(performance.now() - sentAt) : 'no';
  return seeOther(`/contacts/${encodeURIComponent(contact.id)}?sent=${took}`);
}

/** Only a connected inbox is worth waiting for. */
async function comes(
  api: Visit['crm']['api'],
  to: Provider,
  arrived: () => Promise<boolean>,
): Promise<boolean> {
  const { inboxes } = await api.get<{ inboxes: InboxSummary[] }>('/api/v1/inboxes');
  const listens = inboxes.some((one) => one.provider === to && one.status === 'connected');
  if (!listens) return false;
  try {
    return await until('the mail', arrived, { timeoutMs: 8_000, everyMs: 30 });
  } catch (error) {
    if (error instanceof ApiProblem) throw error;
    return false;
  }
}

const oneLine = (text: string | null): string => (text ?? '').replace(/\s+/g, ' ').trim();
