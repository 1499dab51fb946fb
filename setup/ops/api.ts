import { userInfo } from 'node:os';
import { SignJWT } from 'jose';

/** What went wrong between us and the API, in a sentence. */
export class OpsError extends Error {
  override readonly name = 'OpsError';
}

/** The API as an operator. */
export class OpsApi {
  readonly #url: string;
  readonly #token: string;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /**
   * At `PUBLIC_URL`, with `OPS_TOKEN`, or a token of five minutes signed with `JWT_SECRET`, whoever
   * holds which could make one anyway.
   */
  static async fromEnvironment(environment: NodeJS.ProcessEnv): Promise<OpsApi> {
    const url = environment.PUBLIC_URL || 'http://127.0.0.1:8080';
    return new OpsApi(url, environment.OPS_TOKEN || (await signToken(environment)));
  }

  get = <T>(path: string, query: Record<string, string | undefined> = {}): Promise<T> => {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given as [string, string][]);
    return this.#send<T>('GET', `${path}${search.size > 0 ? `?${search}` : ''}`);
  };

  post = <T>(path: string, body?: unknown): Promise<T> => this.#send<T>('POST', path, body);

  /** @throws OpsError with the problem's own words */
  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(new URL(`/api/v1/ops${path}`, this.#url), {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((cause) => {
      throw new OpsError(`The API does not answer at ${this.#url}. Start it, or set PUBLIC_URL.`, {
        cause,
      });
    });
    const answer = (await response.json().catch(() => null)) as { detail?: string } | null;
    if (response.ok) return answer as T;
    throw new OpsError(answer?.detail ?? `${method} ${path} answered ${response.status}.`);
  }
}

async function signToken(environment: NodeJS.ProcessEnv): Promise<string> {
  const { JWT_SECRET: secret, JWT_ISSUER: issuer, JWT_AUDIENCE: audience } = environment;
  if (!secret) {
    throw new OpsError(
      'There is no token. Set OPS_TOKEN to one that carries the role "ops", or JWT_SECRET to the ' +
        'secret that the API checks tokens with.',
    );
  }
  const token = new SignJWT({ org: 'operators', roles: ['ops'] })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(`cli:${userInfo().username}`)
    .setIssuedAt()
    .setExpirationTime('5m');
  if (issuer) token.setIssuer(issuer);
  if (audience) token.setAudience(audience);
  return await token.sign(new TextEncoder().encode(secret));
}
