import type { Product } from '../stack/product.ts';
import type { Stack } from '../stack/stack.ts';
import type { ApiClient } from './api-client.ts';
import type { DemoMailbox } from './crm.ts';
import { until } from './until.ts';

interface Scene {
  stack: Stack;
  product: Product;
  api: ApiClient;
  mailbox: DemoMailbox;
  say: (line: string) => void;
}

interface InboxView {
  id: string;
  status: string;
  backfill: { n: number; state: string; receipt: object | null } | null;
}

interface TimelineView {
  items: { receivedAt: string; direction: string; subject: string; participants: unknown[] }[];
}

/** The main job, without a person; every step throws with its reason when it fails. */
export async function runOnce(scene: Scene): Promise<void> {
  const inboxId = await connect(scene);
  await waitForBackfill(scene, inboxId);
  const contact = scene.mailbox.contacts[0];
  if (!contact) throw new Error('the demo CRM has no contact');
  await receiveLiveMail(scene, contact);
  await showTimeline(scene, contact);
  await showMail(scene);
  await disconnect(scene, inboxId);
  scene.say('✓ The whole job, start to end.');
}
