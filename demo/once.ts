import type { Product } from '../stack/product.ts';
import type { Stack } from '../stack/stack.ts';
import type { ApiClient } from './api-client.ts';
import type { DemoMailbox } from './crm.ts';
import { until } from './until.ts';

export interface Scene {
  stack: Stack;
  product: Product;
  api: ApiClient;
  mailbox: DemoMailbox;
  say: (line: string) => void;
}

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
  const inboxId = await connect(scene);
  await showBackfill(scene, inboxId);
  await receiveLiveMail(scene);
  await showTimeline(scene);
  await showNotification(scene);
  await disconnect(scene, inboxId);
  scene.say('\n✓ The whole job, start to end.');
}

/** Goes through the consent over HTTP, as a browser would. */
async function connect({ api, product, mailbox, say }: Scene): Promise<string> {
  const { authorizationUrl } = await api.post<{ authorizationUrl: string }>('/api/v1/inboxes', {
    provider: 'gmail',
    scope: { kind: 'contacts' },
    returnTo: `${product.apiUrl}/`,
  });
  const { redirectUrl } = await product.emulator.consent({
    authUrl: authorizationUrl,
    address: mailbox.address,
  });
  const landed = await api.comeBack(redirectUrl);
  const outcome = landed.searchParams.get('outcome');
  if (outcome !== 'connected') throw new Error(`connecting Gmail ended with "${outcome}"`);
  const inboxId = landed.searchParams.get('inbox') ?? '';
  say(`✓ Gmail connected: ${mailbox.address}, read-only, contacts scope`);
  return inboxId;
}

async function showBackfill({ api, say }: Scene, inboxId: string): Promise<void> {
  const backfill = await until('the backfill', async () => {
    const inbox = await api.get<InboxView>(`/api/v1/inboxes/${inboxId}`);
    if (inbox.status !== 'connected') throw new Error(`the inbox is ${inbox.status}`);
    return inbox.backfills.last.find(({ kind }) => kind === 'initial');
  });
  if (backfill.state !== 'completed') throw new Error(`the backfill ended as ${backfill.state}`);
  const { headline, lines } = backfill.receipt?.words ?? { headline: '', lines: [] };
  say(`✓ Backfill done. Its receipt: ${headline}\n${indent(lines.join('\n'))}`);
}

const LIVE_SUBJECT = 'Just now, while you watch';

async function receiveLiveMail(scene: Scene): Promise<void> {
  const contact = firstContact(scene);
  const sentAt = performance.now();
  await scene.product.emulator.addMessage({
    address: scene.mailbox.address,
    from: `${contact.name} <${contact.addresses[0]}>`,
    to: scene.mailbox.address,
    subject: LIVE_SUBJECT,
    text: 'This message arrived by push and went straight to the timeline.',
  });
  await until('the live message', async () => {
    const { messages } = await timelineOf(scene);
    return messages.some(({ subject }) => subject === LIVE_SUBJECT);
  });
  const took = ((performance.now() - sentAt) / 1000).toFixed(2);
  scene.say(`✓ A live message was on the timeline ${took} s after it arrived`);
}

async function showTimeline(scene: Scene): Promise<void> {
  const { messages } = await timelineOf(scene);
  const lines = messages.map(({ receivedAt, direction, subject, hasAttachments }) => {
    const arrow = direction === 'inbound' ? '←' : '→';
    return `  ${receivedAt.slice(0, 16).replace('T', ' ')} ${arrow} ${subject}${hasAttachments ? ' 📎' : ''}`;
  });
  scene.say(`✓ Timeline of ${firstContact(scene).name}:\n${lines.join('\n')}`);
}

async function showNotification({ stack, say }: Scene): Promise<void> {
  if (!stack.smtp) throw new Error('the mail catcher does not run');
  const mail = await stack.smtp.waitForMessage(({ subject }) => /history/.test(subject), 15_000);
  say(`✓ Mail to the user: ${mail.subject}\n${indent(mail.text.trim())}`);
}

async function disconnect(scene: Scene, inboxId: string): Promise<void> {
  const before = (await timelineOf(scene)).messages.length;
  await scene.api.post(`/api/v1/inboxes/${inboxId}/disconnect`);
  const { status } = await scene.api.get<InboxView>(`/api/v1/inboxes/${inboxId}`);
  const after = (await timelineOf(scene)).messages.length;
  if (status !== 'disconnected') throw new Error(`after disconnect the inbox is ${status}`);
  if (after !== before) throw new Error('disconnect changed the timeline');
  scene.say('✓ Disconnected: sync has stopped, what was synced stays');
}

const timelineOf = (scene: Scene): Promise<TimelineView> =>
  scene.api.get<TimelineView>(`/api/v1/contacts/${firstContact(scene).id}/timeline?limit=12`);

function firstContact({ mailbox }: Scene) {
  const contact = mailbox.contacts[0];
  if (!contact) throw new Error('the demo CRM has no contact');
  return contact;
}

const indent = (text: string): string => text.replace(/^/gm, '    ');
