import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TransitServer extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** Every request, as `METHOD path`. */
  readonly requests: string[];
  /** The next so many requests are not served: answered with this status, or cut off (0). */
  fail(times: number, status: number): void;
  /** Does not answer while true. */
  silent: boolean;
}

interface Key {
  secret: Buffer;
  deletionAllowed: boolean;
}

/**
 * Stands in for the transit engine of Vault, after its documented answers: a missing key is a 400 to
 * whoever uses or deletes it and a 404 to whoever reads it, and only what was marked as such may be
 * deleted.
 */
export async function startTransitServer(): Promise<TransitServer> {
  const keys = new Map<string, Key>();
  const token = `hvs.${randomBytes(12).toString('hex')}`;
  const requests: string[] = [];
  const faults: number[] = [];
  const state = { silent: false };
  const server = createServer(async (req, res) => {
    requests.push(`${req.method} ${req.url}`);
    const body = await jsonOf(req);
    if (state.silent) return;
    const fault = faults.shift();
    if (fault === 0) return req.socket.destroy();
    const { status, data } =
      fault !== undefined
        ? { status: fault, data: null }
        : req.headers['x-vault-token'] !== token
          ? { status: 403, data: { errors: ['permission denied'] } }
          : serve(keys, req.method ?? '', req.url ?? '', body);
    res.writeHead(status, { 'content-type': 'application/json' });
    res.end(data === null ? '' : JSON.stringify(data));
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    requests,
    fail: (times, status) => {
      faults.push(...Array<number>(times).fill(status));
    },
    get silent() {
      return state.silent;
    },
    set silent(silent) {
      state.silent = silent;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Answer {
  status: number;
  data: unknown;
}

const refused = (error: string): Answer => ({ status: 400, data: { errors: [error] } });
const missing: Answer = { status: 404, data: { errors: [] } };
const done: Answer = { status: 204, data: null };

function serve(
  keys: Map<string, Key>,
  method: string,
  path: string,
  body: Record<string, unknown>,
): Answer {
  if (method === 'GET' && path === '/v1/transit/keys?list=true') {
    return keys.size === 0 ? missing : { status: 200, data: { data: { keys: [...keys.keys()] } } };
  }
  const [, verb, name = '', config] =
    /^\/v1\/transit\/(\w+)\/([\w-]+)(\/config)?$/.exec(path) ?? [];
  const key = keys.get(name);
  if (verb === 'keys' && config) {
    if (!key) return refused(`no existing key named ${name} could be found`);
    key.deletionAllowed = body.deletion_allowed === true;
    return done;
  }
  if (verb === 'keys' && method === 'POST') {
    if (!key) keys.set(name, { secret: randomBytes(32), deletionAllowed: false });
    return done;
  }
  if (verb === 'keys' && method === 'GET')
    return key ? { status: 200, data: { data: {} } } : missing;
  if (verb === 'keys' && method === 'DELETE') {
    if (!key) return refused(`error deleting policy ${name}: could not delete key; not found`);
    if (!key.deletionAllowed) return refused('deletion is not allowed for this key');
    keys.delete(name);
    return done;
  }
  if (!key) return refused('encryption key not found');
  return verb === 'encrypt' ? encrypt(key, body) : decrypt(key, body);
}

function encrypt({ secret }: Key, body: Record<string, unknown>): Answer {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', secret, nonce);
  cipher.setAAD(bytesOf(body.associated_data));
  const sealed = Buffer.concat([nonce, cipher.update(bytesOf(body.plaintext)), cipher.final()]);
  const ciphertext = Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64');
  return { status: 200, data: { data: { ciphertext: `vault:v1:${ciphertext}` } } };
}

function decrypt({ secret }: Key, body: Record<string, unknown>): Answer {
  const bytes = bytesOf(String(body.ciphertext).replace(/^vault:v1:/, ''));
  try {
    const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, 12));
    decipher.setAAD(bytesOf(body.associated_data));
    decipher.setAuthTag(bytes.subarray(-16));
    const plaintext = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]);
    return { status: 200, data: { data: { plaintext: plaintext.toString('base64') } } };
  } catch {
    return refused('cipher: message authentication failed');
  }
}

const bytesOf = (base64: unknown): Buffer => Buffer.from(String(base64), 'base64');

async function jsonOf(req: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of req) text += chunk;
  return text ? JSON.parse(text) : {};
}
