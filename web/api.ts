interface ProblemDocument {
  type?: string;
  title?: string;
  detail?: string;
}

/** The API refused, or could not do it: a problem document (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  /** The last part of its type, such as `not-found`. */
  readonly code: string;
  readonly title: string;

  constructor(status: number, body: ProblemDocument) {
    super(body.detail ?? 'Try again in a moment.');
    this.status = status;
    this.code = body.type?.split('/').at(-1) ?? 'unknown';
    this.title = body.title ?? 'The server did not answer as it should';
  }
}

/** Told when the session has ended, which any answer may say. */
let whenSignedOut = (): void => {};
export function onSignedOut(told: () => void): void {
  whenSignedOut = told;
}

/** The last answer to each address, by which the server says "not changed" in a few bytes. */
const known = new Map<string, { etag: string; body: unknown }>();
const KNOWN_MAX = 50;

/** @throws ApiProblem; TypeError when the server cannot be reached */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const last = known.get(path);
  const response = await call('GET', path, {
    signal: signal ?? null,
    ...(last && { headers: { 'If-None-Match': last.etag } }),
  });
  if (response.status === 304 && last) return last.body as T;
  const body = await response.json();
  const etag = response.headers.get('ETag');
  if (etag) remember(path, { etag, body });
  return body as T;
}

export async function send<T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<T> {
  const response = await call(method, path, {
    headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return (response.status === 204 ? undefined : await response.json()) as T;
}

async function call(method: string, path: string, init: RequestInit): Promise<Response> {
  const headers = { 'X-Sambandh-Page': '1', ...init.headers };
  const response = await fetch(path, { ...init, method, headers, cache: 'no-store' });
  if (response.ok || response.status === 304) return response;
  if (response.status === 401) whenSignedOut();
  const problem = (await response.json().catch(() => ({}))) as ProblemDocument;
  throw new ApiProblem(response.status, problem);
}

function remember(path: string, answer: { etag: string; body: unknown }): void {
  known.delete(path);
  known.set(path, answer);
  const [oldest] = known.keys();
  if (known.size > KNOWN_MAX && oldest !== undefined) known.delete(oldest);
}
