import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DEFAULT_APP_ID, type Emulator, type NewOutlookAccount } from '../../emulator/index.ts';

/*
 * Plain fetch: these tests are about what stands on the wire. Microsoft's own libraries meet the
 * emulator in graph-sdk.test.ts.
 */

export const OUTLOOK = 'maya@nordic.example';
export const REDIRECT = 'http://localhost:3000/callback';
export const IMMUTABLE = { prefer: 'IdType="ImmutableId"' };

export type Json = Record<string, unknown>;

export interface GraphReply {
  status: number;
  headers: Headers;
  body: Json;
  rows: Json[];
  /** `error.code` and `error.message` of a refusal. */
  code: string;
  message: string;
}

export interface GraphClient {
  accessToken: string;
  /** `path` below `/v1.0`, or a whole link. */
  get: (path: string, headers?: Record<string, string>) => Promise<GraphReply>;
  call: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<GraphReply>;
}

const toReply = async (response: Response): Promise<GraphReply> => {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  const body = (isJson && text ? JSON.parse(text) : { text }) as Json;
  const error = (body.error ?? {}) as { code?: string; message?: string };
  return {
    status: response.status,
    headers: response.headers,
    body,
    rows: (body.value ?? []) as Json[],
    code: error.code ?? '',
    message: error.message ?? '',
  };
};

export const graphClient = (url: string, accessToken: string): GraphClient => {
  const call: GraphClient['call'] = async (method, path, body, headers = {}) => {
    const target = path.startsWith('http') ? path : `${url}/v1.0${path}`;
    const response = await fetch(target, {
      method,
      headers: {
        authorization: `Bearer ${accessToken}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return toReply(response);
  };
  return { accessToken, call, get: (path, headers) => call('GET', path, undefined, headers) };
};

/** A client with a token for `address`. */
export const connectGraph = async (
  emulator: Emulator,
  { address = OUTLOOK, permissions = ['User.Read', 'Mail.Read'] } = {},
): Promise<GraphClient> => {
  const tokens = await emulator.issueGraphTokens({ address, permissions });
  return graphClient(emulator.url, tokens.access_token);
};

export const account = (more: Partial<NewOutlookAccount> = {}): NewOutlookAccount => ({
  address: OUTLOOK,
  displayName: 'Maya Lindqvist',
  ...more,
});

/** All rows of a paged answer and the link it ends with. */
export const drain = async (
  client: GraphClient,
  path: string,
  headers: Record<string, string> = {},
) => {
  const rows: Json[] = [];
  let pages = 0;
  for (let next = path; ; ) {
    const reply = await client.get(next, headers);
    if (reply.status !== 200) throw new Error(`${reply.status} ${reply.code} ${reply.message}`);
    rows.push(...reply.rows);
    pages++;
    const link = reply.body['@odata.nextLink'];
    if (typeof link !== 'string') {
      return { rows, pages, deltaLink: String(reply.body['@odata.deltaLink'] ?? '') };
    }
    next = link;
  }
};

export const VERIFIER = 'a-verifier-that-is-long-enough-for-the-standard-43';

export const authorizeUrl = (
  base: string,
  more: Record<string, string> = {},
  tenant = 'common',
) => {
  const url = new URL(`${base}/${tenant}/oauth2/v2.0/authorize`);
  const values = {
    client_id: DEFAULT_APP_ID,
    response_type: 'code',
    redirect_uri: REDIRECT,
    scope: 'User.Read Mail.Read offline_access openid profile',
    state: 'state-1',
    code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  };
  for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
  return url.href;
};

export const postToken = async (
  base: string,
  form: Record<string, string>,
  tenant = 'common',
): Promise<{ status: number; body: Json }> => {
  const response = await fetch(`${base}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: DEFAULT_APP_ID,
      client_secret: 'emulator-secret',
      scope: 'User.Read Mail.Read offline_access openid profile',
      client_info: '1',
      ...form,
    }),
  });
  return { status: response.status, body: (await response.json()) as Json };
};

interface Posted {
  path: string;
  body: Json;
}

/** A webhook that passes the handshake and answers with the statuses given, then 202. */
export const startWebhook = async (...statuses: number[]) => {
  const posted: Posted[] = [];
  const handshakes: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://x');
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      const token = url.searchParams.get('validationToken');
      if (token !== null) {
        handshakes.push(url.pathname);
        response.writeHead(200, { 'content-type': 'text/plain' }).end(token);
        return;
      }
      posted.push({ path: url.pathname, body: JSON.parse(text) as Json });
      response.writeHead(statuses.shift() ?? 202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const items = () => posted.flatMap(({ body }) => body.value as Json[]);
  return { url, posted, handshakes, items, [Symbol.asyncDispose]: close };
};
