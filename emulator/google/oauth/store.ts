import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import { isGmail } from './scopes.ts';

/** An OAuth client of a Cloud project. */
export interface OAuthClient {
  clientId: string;
  clientSecret: string;
  /** Shown on the consent page. */
  name: string;
  /** Exact redirect URIs; `http://localhost:*` style entries stand for any loopback port. */
  redirectUris: string[];
  projectId: string;
  projectNumber: string;
}

export interface AccessToken {
  token: string;
  address: string;
  client: OAuthClient;
  scopes: ReadonlySet<string>;
  /** Epoch ms. */
  expiresAt: number;
}

/** How the token endpoint refuses a refresh. */
export type RefreshFailure = 'expired_or_revoked' | 'bad_request' | 'invalid_rapt';

interface RefreshToken {
  token: string;
  address: string;
  client: OAuthClient;
  scopes: ReadonlySet<string>;
  issuedAt: number;
}

export interface AuthCode {
  code: string;
  address: string;
  client: OAuthClient;
  redirectUri: string;
  scopes: ReadonlySet<string>;
  challenge: string | null;
  nonce: string | null;
  withRefreshToken: boolean;
  expiresAt: number;
}

/** Live refresh tokens per account and client; the oldest dies silently beyond it (documented). */
const MAX_REFRESH_TOKENS = 100;
const CODE_LIFE_MS = 10 * 60_000;

/** Clients, grants and tokens. Nothing here is secret: it guards made-up mail. */
export class OAuthStore {
  readonly clients = new Map<string, OAuthClient>();
  /** Seconds an access token lives. */
  accessTokenLifeS = 3599;
  readonly #clock: Clock;
  #codes = new Map<string, AuthCode>();
  #access = new Map<string, AccessToken>();
  #refresh = new Map<string, RefreshToken>();
  /** Scopes an account gave a whole project, across its clients. */
  #granted = new Map<string, Set<string>>();
  #failures = new Map<string, RefreshFailure>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  grantedScopes(projectId: string, address: string): ReadonlySet<string> {
    return this.#granted.get(`${projectId} ${address}`) ?? new Set();
  }

  /** Whether this account ever consented to this client and has not taken it back. */
  hasGrant(clientId: string, address: string): boolean {
    return [...this.#refresh.values()].some(
      (token) => token.address === address && token.client.clientId === clientId,
    );
  }

  grant(projectId: string, address: string, scopes: Iterable<string>): void {
    const key = `${projectId} ${address}`;
    this.#granted.set(key, new Set([...(this.#granted.get(key) ?? []), ...scopes]));
  }

  createCode(input: Omit<AuthCode, 'code' | 'expiresAt'>): string {
    const code = `4/0A${randomBytes(48).toString('base64url')}`;
    this.#codes.set(code, { ...input, code, expiresAt: this.#clock.now() + CODE_LIFE_MS });
    return code;
  }

  /** Without using it up. */
  code(code: string): AuthCode | null {
    return this.#codes.get(code) ?? null;
  }

  /** A code works once; the second try finds nothing. */
  takeCode(code: string): AuthCode | null {
    const found = this.#codes.get(code);
    this.#codes.delete(code);
    return found && found.expiresAt > this.#clock.now() ? found : null;
  }

  issueAccess(address: string, client: OAuthClient, scopes: ReadonlySet<string>): AccessToken {
    const token = `ya29.a0${randomBytes(60).toString('base64url')}`;
    const expiresAt = this.#clock.now() + this.accessTokenLifeS * 1000;
    const issued = { token, address, client, scopes, expiresAt };
    this.#access.set(token, issued);
    return issued;
  }

  issueRefresh(address: string, client: OAuthClient, scopes: ReadonlySet<string>): string {
    const mine = [...this.#refresh.values()].filter(
      (token) => token.address === address && token.client.clientId === client.clientId,
    );
    const oldest = mine[0];
    if (oldest && mine.length >= MAX_REFRESH_TOKENS) this.#refresh.delete(oldest.token);
    const token = `1//0e${randomBytes(48).toString('base64url')}`;
    this.#refresh.set(token, { token, address, client, scopes, issuedAt: this.#clock.now() });
    return token;
  }

  access(token: string): AccessToken | null {
    const found = this.#access.get(token);
    return found && found.expiresAt > this.#clock.now() ? found : null;
  }

  refreshToken(token: string): RefreshToken | null {
    return this.#refresh.get(token) ?? null;
  }

  failureOf(address: string): RefreshFailure | null {
    return this.#failures.get(address) ?? null;
  }

  setFailure(address: string, failure: RefreshFailure | null): void {
    if (failure) this.#failures.set(address, failure);
    else this.#failures.delete(address);
  }

  /** Kills the grant behind either kind of token. @returns false when the token is unknown */
  revokeToken(token: string): boolean {
    const found = this.#refresh.get(token) ?? this.access(token);
    if (!found) return false;
    this.revokeGrant(found.address, found.client.clientId);
    return true;
  }

  /** Takes back everything an account gave a client, or all clients. */
  revokeGrant(address: string, clientId?: string): void {
    this.#drop((token) => matches(token, address, clientId));
    for (const client of this.clients.values()) {
      if (clientId !== undefined && client.clientId !== clientId) continue;
      this.#granted.delete(`${client.projectId} ${address}`);
    }
  }

  /** A new password kills every token with a Gmail scope, and leaves the consent. */
  changePassword(address: string): void {
    this.#drop((token) => token.address === address && [...token.scopes].some(isGmail));
  }

  expireAccessTokens(address?: string): void {
    for (const [key, token] of this.#access) {
      if (address === undefined || token.address === address) this.#access.delete(key);
    }
  }

  refreshTokens(address: string): RefreshToken[] {
    return [...this.#refresh.values()].filter((token) => token.address === address);
  }

  #drop(dead: (token: AccessToken | RefreshToken) => boolean): void {
    for (const [key, token] of this.#access) if (dead(token)) this.#access.delete(key);
    for (const [key, token] of this.#refresh) if (dead(token)) this.#refresh.delete(key);
  }
}

const matches = (token: AccessToken | RefreshToken, address: string, clientId?: string) =>
  token.address === address && (clientId === undefined || token.client.clientId === clientId);

export const allowsRedirect = (client: OAuthClient, uri: string): boolean =>
  client.redirectUris.some((allowed) => {
    if (!allowed.endsWith(':*')) return allowed === uri;
    return URL.canParse(uri) && isLoopbackOf(allowed.slice(0, -2), new URL(uri));
  });

const isLoopbackOf = (origin: string, uri: URL): boolean =>
  `${uri.protocol}//${uri.hostname}` === origin && /^(localhost|127\.0\.0\.1)$/.test(uri.hostname);

/** The stable subject of an account: 21 digits, as Google's are. */
export const subjectOf = (address: string): string => {
  const digits = createHash('sha256').update(address).digest('hex').slice(0, 16);
  return `1${BigInt(`0x${digits}`).toString().padStart(20, '0').slice(0, 20)}`;
};
