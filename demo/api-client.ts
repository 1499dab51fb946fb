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

  /** Follows a redirect back from the provider, as the browser would. @returns where it leads */
  async comeBack(url: string): Promise<URL> {
    const response = await fetch(url, { redirect: 'manual', headers: { cookie: this.#cookie } });
    const location = response.headers.get('location');
    if (!location) {
      throw new Error(`The callback answered ${response.status}: ${await response.text()}`);
    }
    return new URL(location, url);
  }

  async #json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(new URL(path, this.#baseUrl), {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
    if (cookies.length > 0) this.#cookie = cookies.join('; ');
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
