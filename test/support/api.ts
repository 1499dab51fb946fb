import { checkContract } from './contract.ts';

export interface Answer<T = unknown> {
  status: number;
  headers: Headers;
  body: T;
}

/** Calls the API as one user's CRM and browser would; keeps the browser's cookie. */
export class TestApi {
  readonly #baseUrl: string;
  readonly #token: string;
  cookie = '';

  constructor(baseUrl: string, token: string) {
    this.#baseUrl = baseUrl;
    this.#token = token;
  }

  /** Never throws for an answer, whatever its status. */
  async send<T = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headersToo: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(new URL(path, this.#baseUrl), {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(this.cookie && { cookie: this.cookie }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headersToo,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const cookies = response.headers.getSetCookie().map((one) => one.split(';')[0]);
    if (cookies.length > 0) this.cookie = cookies.join('; ');
    const { status, headers } = response;
    const answer = { status, headers, body: parse(await response.text()) as T };
    await checkContract(this.#baseUrl, { method, path, requestBody: body, ...answer });
    return answer;
  }

  get = <T>(path: string): Promise<T> => this.#ok<T>('GET', path);
  put = <T>(path: string, body: unknown): Promise<T> => this.#ok<T>('PUT', path, body);
  post = <T>(path: string, body?: unknown): Promise<T> => this.#ok<T>('POST', path, body);
  delete = (path: string): Promise<unknown> => this.#ok('DELETE', path);

  /** Follows a redirect back from the provider, by default in the browser that began. */
  async comeBack(url: string, cookie = this.cookie): Promise<Landing> {
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    const location = response.headers.get('location');
    const to = location ? new URL(location, url) : null;
    return {
      status: response.status,
      text: await response.text(),
      outcome: to?.searchParams.get('outcome') ?? null,
      inboxId: to?.searchParams.get('inbox') ?? null,
    };
  }

  /** Comes back from the provider and goes on to where that leads, as the browser that began. */
  async follow(url: string): Promise<{ url: URL; headers: Headers; text: string }> {
    const back = await fetch(url, { redirect: 'manual', headers: { cookie: this.cookie } });
    const to = new URL(back.headers.get('location') ?? '', url);
    const { headers, ...page } = await fetch(to, { headers: { cookie: this.cookie } }).then(
      async (response) => ({ headers: response.headers, text: await response.text() }),
    );
    return { url: to, headers, ...page };
  }

  async #ok<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.send<T>(method, path, body);
    if (answer.status < 300) return answer.body;
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  }
}

/** Where the callback sent the browser. */
export interface Landing {
  status: number;
  text: string;
  outcome: string | null;
  inboxId: string | null;
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
