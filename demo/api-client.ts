/** The API refused. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  /** A problem document, as a rule. */
  readonly body: string;

  constructor(call: string, status: number, body: string) {
    super(`${call} answered ${status}: ${body}`);
    this.status = status;
    this.body = body;
  }
}

/** Calls the product's API as a CRM would: bearer token, JSON, problem documents. */
export class ApiClient {
  readonly #baseUrl: string;
  readonly #token: string;
  /** Set by the API when a connect begins; the callback wants it back. */
  #cookie = '';

  constructor(baseUrl: string, token: string) {
    this.#baseUrl = baseUrl;
    this.#token = token;
  }

  get = <T>(path: string): Promise<T> => this.#json<T>('GET', path);
  put = <T>(path: string, body: unknown): Promise<T> => this.#json<T>('PUT', path, body);
  post = <T>(path: string, body?: unknown): Promise<T> => this.#json<T>('POST', path, body);

  /**
   * Follows a redirect back from the provider, as the browser would.
   * @param address the browser's, for an API behind a proxy: callbacks are limited by it
   * @returns where it leads
   */
  async comeBack(url: string, address?: string): Promise<URL> {
    const headers = { cookie: this.#cookie, ...(address && { 'x-forwarded-for': address }) };
    const response = await fetch(url, { redirect: 'manual', headers });
    const location = response.headers.get('location');
    if (!location) {
      throw new Error(`The callback answered ${response.status}: ${await response.text()}`);
    }
    return new URL(location, url);
  }

  /**
   * @param cookie what the browser in front of us has sent, where there is one
   * @throws ApiProblem when the API refuses
   */
  async send(
    method: string,
    path: string,
    {
      body,
      cookie,
      headers,
    }: { body?: unknown; cookie?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const response = await fetch(new URL(path, this.#baseUrl), {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(cookie && { cookie }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (response.ok) return response;
    throw new ApiProblem(`${method} ${path}`, response.status, await response.text());
  }

  async #json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.send(method, path, { body });
    const text = await response.text();
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    if (cookies.length > 0) this.#cookie = cookies.join('; ');
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
