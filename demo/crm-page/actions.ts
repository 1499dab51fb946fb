import { ApiProblem } from '../api-client.ts';
import { until } from '../until.ts';
import { type Contact, homePage } from './home-view.ts';
import { type Answer, seeOther, show, type Visit } from './visit.ts';

interface Timeline {
  messages: { id: string; subject: string | null }[];
}

export async function home({ crm, url }: Visit): Promise<Answer> {
  const { contacts } = await crm.api.get<{ contacts: Contact[] }>('/api/v1/contacts?limit=100');
  const sent = url.searchParams.get('sent');
  return show(
    homePage({
      contacts,
      signIn: await crm.signIn(),
      sent: sent === null ? null : { tookMs: /^\d{1,6}$/.test(sent) ? Number(sent) : null },
    }),
    crm.links,
  );
}

/** Has a contact send a mail to one of Maya's mailboxes, and sees how long it takes to the timeline. */
export async function write({ crm, form }: Visit): Promise<Answer> {
  const path = `/api/v1/contacts/${encodeURIComponent(form.get('contact') || 'none')}`;
  const contact = await crm.api.get<Contact>(path);
  const newest = (): Promise<Timeline> => crm.api.get(`${path}/timeline?limit=10`);
  const known = new Set((await newest()).messages.map(({ id }) => id));
  const subject = oneLine(form.get('subject')) || '(no subject)';
  const sentAt = performance.now();
  const provider = form.get('provider') === 'outlook' ? 'outlook' : 'gmail';
  const address = crm.mailboxes.find((one) => one.provider === provider)?.address ?? '';
  await crm.emulator.addMessage({
    address,
    from: `${contact.name} <${contact.addresses[0]}>`,
    to: address,
    subject,
    text: form.get('text') ?? '',
  });
  const arrived = await comes(crm.api, provider, async () =>
    (await newest()).messages.some((one) => one.subject === subject && !known.has(one.id)),
  );
  return seeOther(`/?sent=${arrived ? Math.round(performance.now() - sentAt) : 'no'}`);
}

/** Only a connected inbox is worth waiting for. */
async function comes(
  api: Visit['crm']['api'],
  to: string,
  arrived: () => Promise<boolean>,
): Promise<boolean> {
  const { inboxes } = await api.get<{ inboxes: { provider: string; status: string }[] }>(
    '/api/v1/inboxes',
  );
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
