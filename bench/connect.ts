import { ApiClient } from '../demo/api-client.ts';
import type { Person } from '../stack/product.ts';
import type { Rig } from './rig.ts';

type Ground = Pick<Rig, 'product' | 'emulator'>;

interface BenchContact {
  id: string;
  name: string;
  addresses: string[];
}

/** A teammate with a session at the API, as the CRM has it. */
export interface Teammate {
  person: Person;
  api: ApiClient;
}

export async function teammateOf(rig: Pick<Rig, 'product'>, person: Person): Promise<Teammate> {
  return { person, api: new ApiClient(rig.product.apiUrl, await rig.product.tokenFor(person)) };
}

/** Pushes contacts into the org of `teammate`, as the CRM does. */
export async function pushContacts(
  { api }: Teammate,
  contacts: readonly BenchContact[],
): Promise<void> {
  await api.post('/api/v1/contacts/bulk', {
    contacts: contacts.map(({ id, name, addresses }) => ({ id, name, addresses })),
  });
}

/** Up to the provider's consent, without a person. @returns where the browser is sent back to */
export async function consent(
  rig: Ground,
  teammate: Teammate,
  provider: 'gmail' | 'outlook' = 'gmail',
): Promise<string> {
  const body = { provider, scope: { kind: 'contacts' } };
  return await consentAt(rig, teammate, { provider, path: '/api/v1/inboxes', body });
}

/** The same for whichever address begins it. */
export async function consentAt(
  rig: Ground,
  { api, person }: Teammate,
  { provider, path, body }: { provider: 'gmail' | 'outlook'; path: string; body?: object },
): Promise<string> {
  const { authorizationUrl } = await api.post<{ authorizationUrl: string }>(path, {
    ...body,
    returnTo: `${rig.product.apiUrl}/`,
  });
  if (provider === 'outlook') {
    const signIn = { url: authorizationUrl, address: person.email };
    return (await rig.emulator.signIn(signIn)).redirectUrl;
  }
  const { redirectUrl } = await rig.emulator.consent({
    authUrl: authorizationUrl,
    address: person.email,
  });
  return redirectUrl;
}

/** The callback, as the browser makes it. @returns the inbox */
export async function comeBack(
  { api }: Teammate,
  redirectUrl: string,
  address?: string,
): Promise<string> {
  const landed = await api.comeBack(redirectUrl, address);
  const inboxId = landed.searchParams.get('inbox');
  if (landed.searchParams.get('outcome') !== 'connected' || !inboxId) {
    throw new Error(`connecting ended with "${landed.searchParams.get('outcome')}"`);
  }
  return inboxId;
}

export async function connectMailbox(
  rig: Ground,
  teammate: Teammate,
  provider?: 'gmail' | 'outlook',
): Promise<string> {
  return await comeBack(teammate, await consent(rig, teammate, provider));
}
