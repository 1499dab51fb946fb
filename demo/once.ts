import type { Product } from '../stack/product.ts';
import type { Stack } from '../stack/stack.ts';
import type { ApiClient } from './api-client.ts';
import type { DemoMailbox } from './crm.ts';
import { until } from './until.ts';

export interface Scene {
  stack: Stack;
  product: Product;
  api: ApiClient;
  mailboxes: DemoMailbox[];
  say: (line: string) => void;
}

/** The part of the job that one inbox goes through. */
interface Act extends Omit<Scene, 'mailboxes'> {
  mailbox: DemoMailbox;
  inboxId: string;
}

const NAMES = { gmail: 'Gmail', outlook: 'Outlook' } as const;

interface InboxView {
  id: string;
  status: string;
  backfills: {
    last: {
      kind: string;
      state: string;
      receipt: { words: { headline: string; lines: string[] } } | null;
    }[];
  };
}

interface TimelineView {
  messages: { receivedAt: string; direction: string; subject: string; hasAttachments: boolean }[];
}

/** The main job, without a person; every step throws with its reason when it fails. */
export async function runOnce(scene: Scene): Promise<void> {
  const acts: Act[] = [];
  for (const mailbox of scene.mailboxes) {
    const inboxId = await connect({ ...scene, mailbox });
    const act = { ...scene, mailbox, inboxId };
    acts.push(act);
    await showBackfill(act);
  }
  for (const act of acts) await receiveLiveMail(act);
  const [first] = acts;
  if (first) await showTimeline(first);
  await showNotifications(scene);
  for (const act of acts) await disconnect(act);
  scene.say('\n✓ The whole job, start to end.');
}

/** Goes through the consent over HTTP, as a browser would. */
async function connect({ api, product, mailbox, say }: Omit<Act, 'inboxId'>): Promise<string> {
  const { provider, address } = mailbox;
  const { authorizationUrl } = await api.post<{ authorizationUrl: string }>('/api/v1/inboxes', {
    provider,
    scope: { kind: 'contacts' },
    returnTo: `${product.apiUrl}/`,
  });
  const { emulator } = product;
  const { redirectUrl } =
    provider === 'gmail'
      ? await emulator.consent({ authUrl: authorizationUrl, address })
      : await emulator.signIn({ url: authorizationUrl, address });
  const landed = await api.comeBack(redirectUrl);
  const outcome = landed.searchParams.get('outcome');
  if (outcome !== 'connected')
    throw new Error(`connecting ${NAMES[provider]} ended with "${outcome}"`);
  const inboxId = landed.searchParams.get('inbox') ?? '';
  say(`✓ ${NAMES[provider]} connected: ${address}, read-only, contacts scope`);
  return inboxId;
}

async function showBackfill({ api, say, inboxId }: Act): Promise<void> {
  const backfill = await until('the backfill', async () => {
    const inbox = await api.get<InboxView>(`/api/v1/inboxes/${inboxId}`);
    if (inbox.status !== 'connected') throw new Error(`the inbox is ${inbox.status}`);
    return inbox.backfills.last.find(({ kind }) => kind === 'initial');
  });
  if (backfill.state !== 'completed') throw new Error(`the backfill ended as ${backfill.state}`);
  const { headline, lines } = backfill.receipt?.words ?? { headline: '', lines: [] };
  say(`✓ Backfill done. Its receipt: ${headline}\n${indent(lines.join('\n'))}`);
}

const liveSubject = ({ mailbox }: Act): string =>
  `Just now, to ${NAMES[mailbox.provider]}, while you watch`;

async function receiveLiveMail(scene: Act): Promise<void> {
  const contact = firstContact(scene);
  const sentAt = performance.now();
  await scene.product.emulator.addMessage({
    address: scene.mailbox.address,
    from: `${contact.name} <${contact.addresses[0]}>`,
    to: scene.mailbox.address,
    subject: liveSubject(scene),
    text: 'This message arrived by push and went straight to the timeline.',
  });
  await until('the live message', async () => {
    const { messages } = await timelineOf(scene);
    return messages.some(({ subject }) => subject === liveSubject(scene));
  });
  const took = ((performance.now() - sentAt) / 1000).toFixed(2);
  const at = NAMES[scene.mailbox.provider];
  scene.say(`✓ A live message was on the timeline ${took} s after it arrived at ${at}`);
}

/** One timeline for both inboxes. */
async function showTimeline(scene: Act): Promise<void> {
  const { messages } = await timelineOf(scene);
  const lines = messages.map(({ receivedAt, direction, subject, hasAttachments }) => {
    const arrow = direction === 'inbound' ? '←' : '→';
    return `  ${receivedAt.slice(0, 16).replace('T', ' ')} ${arrow} ${subject}${hasAttachments ? ' 📎' : ''}`;
  });
  scene.say(`✓ Timeline of ${firstContact(scene).name}:\n${lines.join('\n')}`);
}

async function showNotifications({ stack, mailboxes, say }: Scene): Promise<void> {
  if (!stack.smtp) throw new Error('the mail catcher does not run');
  const shown = new Set<object>();
  for (const _ of mailboxes) {
    const mail = await stack.smtp.waitForMessage(
      (caught) => /history/.test(caught.subject) && !shown.has(caught),
      15_000,
    );
    shown.add(mail);
    say(`✓ Mail to the user: ${mail.subject}\n${indent(mail.text.trim())}`);
  }
}

async function disconnect(scene: Act): Promise<void> {
  const { inboxId } = scene;
  const before = (await timelineOf(scene)).messages.length;
  await scene.api.post(`/api/v1/inboxes/${inboxId}/disconnect`);
  const { status } = await scene.api.get<InboxView>(`/api/v1/inboxes/${inboxId}`);
  const after = (await timelineOf(scene)).messages.length;
  if (status !== 'disconnected') throw new Error(`after disconnect the inbox is ${status}`);
  if (after !== before) throw new Error('disconnect changed the timeline');
  const what = NAMES[scene.mailbox.provider];
  scene.say(`✓ ${what} disconnected: sync has stopped, what was synced stays`);
}

const timelineOf = (scene: Act): Promise<TimelineView> =>
  scene.api.get<TimelineView>(`/api/v1/contacts/${firstContact(scene).id}/timeline?limit=12`);

function firstContact({ mailbox }: Act) {
  const contact = mailbox.contacts[0];
  if (!contact) throw new Error('the demo CRM has no contact');
  return contact;
}

const indent = (text: string): string => text.replace(/^/gm, '    ');
