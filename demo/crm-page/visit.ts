import type { EmulatorControl } from '../../emulator/index.ts';
import type { ApiClient } from '../api-client.ts';
import type { Provider } from './api-shapes.ts';
import { type Links, type Page, pageHeaders, renderPage } from './layout.ts';

export interface CrmSettings {
  /** Where the page is, such as `http://127.0.0.1:8090`. */
  origin: string;
  api: ApiClient;
  emulator: Pick<EmulatorControl, 'addMessage'>;
  /** Maya's, at the emulator: one per provider. */
  mailboxes: readonly { provider: Provider; address: string }[];
  links: Links;
}

/** One request, as handlers see it. */
export interface Visit {
  crm: CrmSettings;
  url: URL;
  /** The parts of the path that vary, still percent-encoded: safe to put into another path. */
  parts: string[];
  form: URLSearchParams;
  cookie: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[]>;
  body: string | ReadableStream<Uint8Array> | null;
}

export type Handler = (visit: Visit) => Promise<Answer>;

export function show(page: Page, links: Links): Answer {
  return { status: page.status ?? 200, headers: pageHeaders(page), body: renderPage(page, links) };
}

export function seeOther(location: string, cookies: string[] = []): Answer {
  const headers = { location, 'cache-control': 'no-store' };
  return { status: 303, headers: { ...headers, 'set-cookie': cookies }, body: null };
}
