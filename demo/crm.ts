import type { EmulatorControl } from '../emulator/index.ts';
import type { Person } from '../stack/product.ts';
import type { ApiClient } from './api-client.ts';

/** The teammate whose inbox the demo connects. */
export const MAYA: Person = {
  orgId: 'brightwater',
  userId: 'maya',
  email: 'maya@brightwater.example',
};

/** Runs the deployment; has no inbox. */
export const OTTO: Person = {
  orgId: 'brightwater',
  userId: 'otto',
  email: 'otto@brightwater.example',
  roles: ['ops'],
};

export interface DemoMailbox {
  provider: 'gmail' | 'outlook';
  address: string;
  contacts: { id: string; name: string; addresses: string[] }[];
}

/** Fills a mailbox at each emulated provider and pushes the contacts, as the CRM would. */
export async function seedCrm(emulator: EmulatorControl, api: ApiClient): Promise<DemoMailbox[]> {
  const gmail = await emulator.seedDemo({ address: MAYA.email });
  const outlook = await emulator.seedDemo({ provider: 'microsoft' });
  const contacts = gmail.contacts.map(({ id, name, addresses }) => ({ id, name, addresses }));
  await api.post('/api/v1/contacts/bulk', { contacts });
  return [
    { ...gmail, provider: 'gmail' },
    { ...outlook, provider: 'outlook' },
  ];
}
