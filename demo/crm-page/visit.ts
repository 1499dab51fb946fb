import type { EmulatorControl } from '../../emulator/index.ts';
import type { ApiClient } from '../api-client.ts';
import type { SignIn } from './home-view.ts';
import { type Links, type Page, pageHeaders, renderPage } from './layout.ts';

export interface CrmSettings {
  /** Where the page is, such as `http://127.0.0.1:8090`. */
  origin: string;
  api: ApiClient;
  /** Fresh tokens, as a CRM makes them for whoever is signed in there. */
  signIn: () => Promise<SignIn>;
  emulator: Pick<EmulatorControl, 'addMessage'>;
  /** Maya's, at the emulator: one per provider. */
  mailboxes: readonly { provider: 'gmail' | 'outlook'; address: string }[];
  links: Links;
}

/** One request, as handlers see it. */
export interface Visit {
  crm: CrmSettings;
  url: URL;
  form: URLSearchParams;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | null;
}

export type Handler = (visit: Visit) => Promise<Answer>;

export function show(page: Page, links: Links): Answer {
  return {
    status: page.status ?? 200,
    headers: pageHeaders(links.api),
    body: renderPage(page, links),
  };
}

export function seeOther(location: string): Answer {
  return { status: 303, headers: { location, 'cache-control': 'no-store' }, body: null };
}
