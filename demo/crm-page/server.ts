import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { ApiProblem } from '../api-client.ts';
import { home, write } from './actions.ts';
import { html } from './html.ts';
import { type Answer, type CrmSettings, type Handler, show } from './visit.ts';

const ROUTES: readonly (readonly [method: 'GET' | 'POST', path: string, handler: Handler])[] = [
  ['GET', '/', home],
  ['POST', '/write', write],
];

const MAX_FORM_BYTES = 64_000;

/** A CRM in small, that a person can click through. It listens on this machine only. */
export async function startCrmPage(crm: CrmSettings): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    answer(crm, request)
      .catch((error: unknown) => failure(crm, error))
      .then((ready) => send(response, ready))
      .catch(() => response.destroy());
  });
  server.listen(Number(new URL(crm.origin).port), '127.0.0.1');
  await once(server, 'listening');
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(crm: CrmSettings, request: IncomingMessage): Promise<Answer> {
  const url = new URL(request.url ?? '/', crm.origin);
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const misled = refusal(crm, request);
  if (misled) return misled;
  for (const [allowed, path, handler] of ROUTES) {
    if (url.pathname !== path || method !== allowed) continue;
    return handler({
      crm,
      url,
      form: new URLSearchParams(method === 'POST' ? await readForm(request) : ''),
    });
  }
  return complain(crm, 404, 'There is no such page', 'Begin at the contacts.');
}

/**
 * The page holds Maya's token for whoever reaches it, so a request must come from the page itself:
 * not from another site's form, and not under a name that somebody else resolves.
 */
function refusal(crm: CrmSettings, request: IncomingMessage): Answer | null {
  const { host } = new URL(crm.origin);
  const { host: asked, origin } = request.headers;
  if (asked !== host) return complain(crm, 421, 'Wrong address', `This page is at ${crm.origin}.`);
  if (request.method !== 'POST' || origin === crm.origin) return null;
  const words = 'Nothing was done. Use the buttons here.';
  return complain(crm, 403, 'This came from another page', words);
}

async function readForm(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_FORM_BYTES) throw new RangeError('The form is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function complain(crm: CrmSettings, status: number, title: string, words: string): Answer {
  const body = html`<h1>${title}</h1><p>${words}</p><p><a href="/">← Contacts</a></p>`;
  return show({ title, body, status }, crm.links);
}

/** What the API says of a problem is meant for people. */
function failure(crm: CrmSettings, error: unknown): Answer {
  if (error instanceof ApiProblem) {
    const { title, detail } = problemOf(error.body);
    return complain(crm, error.status, title, detail);
  }
  const words = error instanceof Error ? error.message : String(error);
  return complain(crm, 502, 'The API or the emulator did not answer', words);
}

function problemOf(body: string): { title: string; detail: string } {
  try {
    const { title, detail } = JSON.parse(body) as Record<string, unknown>;
    if (typeof title === 'string') {
      return { title, detail: typeof detail === 'string' ? detail : '' };
    }
  } catch {
    // Not a problem document.
  }
  return { title: 'The API refused', detail: body.slice(0, 500) };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, {
    'x-content-type-options': 'nosniff',
    // Not `no-referrer` or `same-origin`: a form would be posted to the product without its origin.
    'referrer-policy': 'strict-origin',
    ...headers,
  });
  response.end(body ?? undefined);
}
