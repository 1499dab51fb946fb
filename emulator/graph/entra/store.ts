import { randomBytes } from 'node:crypto';
import type { Clock } from '../../shared/clock.ts';
import { guidOf, PERSONAL_TENANT, type Person, type Tenant } from './directory.ts';
import type { AadstsFailure } from './errors.ts';
import { isWalled } from './scopes.ts';

/** An app registration, open to every tenant and to personal accounts. */
export interface EntraApp {
  clientId: string;
  clientSecret: string;
  /** A secret past its end: AADSTS7000222. */
  secretExpired: boolean;
  name: string;
  /** Exact URIs; `http://localhost:*` stands for any loopback port. */
  redirectUris: string[];
}

export interface EntraAccessToken {
  token: string;
  /** Main address of the mailbox. */
  address: string;
  app: EntraApp;
  permissions: ReadonlySet<string>;
  issuedAtMs: number;
  expiresAtMs: number;
}

interface RefreshToken {
  token: string;
  address: string;
  app: EntraApp;
  lastUsedMs: number;
  /** Set once it was exchanged: it works on until then. */
  diesAtMs: number | null;
  /** Passwords and sessions count up; a token of an earlier count is dead. */
  session: number;
}

export interface EntraCode {
  code: string;
  address: string;
  app: EntraApp;
  redirectUri: string;
  scope: string;
  challenge: string | null;
  challengeMethod: string;
  nonce: string | null;
  expiresAtMs: number;
  redeemed: boolean;
}

const CODE_LIFE_MS = 10 * 60_000;
const INACTIVE_MS = 90 * 24 * 3600_000;

/** What refreshing with a token comes to. */
export type RefreshLookup = { token: RefreshToken } | { failure: AadstsFailure };

/** Apps, tenants, consents and tokens. Nothing here is secret: it guards made-up mail. */
export class EntraStore {
  readonly apps = new Map<string, EntraApp>();
  /** By id. */
  readonly tenants = new Map<string, Tenant>();
  accessTokenLifeS = 3_599;
  /** Seconds an exchanged refresh token goes on working. */
  oldRefreshTokenLifeS = 3_600;
  scopesAs: 'asked' | 'prefixed' = 'asked';
  readonly #clock: Clock;
  #codes = new Map<string, EntraCode>();
  #access = new Map<string, EntraAccessToken>();
  #refresh = new Map<string, RefreshToken>();
  #userConsents = new Map<string, Set<string>>();
  #adminConsents = new Map<string, Set<string>>();
  #failures = new Map<string, AadstsFailure>();
  #sessions = new Map<string, number>();
  /** Tokens issued before this moment meet a claims challenge. */
  #challenged = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The tenant of a mail domain, made when it is new. */
  tenantOf(domain: string): Tenant {
    const id = guidOf(`tenant ${domain}`);
    const known = this.tenants.get(id);
    if (known) return known;
    const displayName = (domain.split('.')[0] ?? domain).replace(/^./, (c) => c.toUpperCase());
    const tenant: Tenant = {
      id,
      domain,
      displayName,
      consentPolicy: 'user',
      wall: { error: 'access_denied', code: 65004 },
    };
    this.tenants.set(id, tenant);
    return tenant;
  }

  consents(app: EntraApp, person: Person): Set<string> {
    return new Set([
      ...(this.#userConsents.get(`${app.clientId} ${person.oid}`) ?? []),
      ...(this.#adminConsents.get(`${app.clientId} ${person.tenantId}`) ?? []),
    ]);
  }

  consent(app: EntraApp, person: Person, permissions: Iterable<string>): void {
    const key = `${app.clientId} ${person.oid}`;
    this.#userConsents.set(key, new Set([...(this.#userConsents.get(key) ?? []), ...permissions]));
  }

  adminConsent(app: EntraApp, tenantId: string, permissions: Iterable<string>): void {
    const key = `${app.clientId} ${tenantId}`;
    this.#adminConsents.set(
      key,
      new Set([...(this.#adminConsents.get(key) ?? []), ...permissions]),
    );
  }

  /** Permissions that only an administrator of the person's tenant can give. */
  walled(person: Person, permissions: readonly string[]): string[] {
    const policy = this.tenants.get(person.tenantId)?.consentPolicy ?? 'user';
    if (person.tenantId === PERSONAL_TENANT || person.isAdmin || policy === 'user') return [];
    return permissions.filter(isWalled);
  }

  createCode(input: Omit<EntraCode, 'code' | 'expiresAtMs' | 'redeemed'>): string {
    const code = `1.AX${randomBytes(120).toString('base64url')}`;
    const expiresAtMs = this.#clock.now() + CODE_LIFE_MS;
    this.#codes.set(code, { ...input, code, expiresAtMs, redeemed: false });
    return code;
  }

  code(code: string): EntraCode | null {
    return this.#codes.get(code) ?? null;
  }

  issueAccess(
    address: string,
    app: EntraApp,
    permissions: ReadonlySet<string>,
    token: string,
  ): EntraAccessToken {
    const issuedAtMs = this.#clock.now();
    const expiresAtMs = issuedAtMs + this.accessTokenLifeS * 1000;
    const issued = { token, address, app, permissions, issuedAtMs, expiresAtMs };
    this.#access.set(token, issued);
    return issued;
  }

  issueRefresh(address: string, app: EntraApp): string {
    const token = `1.AX${randomBytes(180).toString('base64url')}`;
    this.#refresh.set(token, {
      token,
      address,
      app,
      lastUsedMs: this.#clock.now(),
      diesAtMs: null,
      session: this.#session(address),
    });
    return token;
  }

  /** @returns null for a token nobody issued; expired ones are told apart by their time */
  access(token: string): EntraAccessToken | null {
    return this.#access.get(token) ?? null;
  }

  isChallenged({ address, issuedAtMs }: EntraAccessToken): boolean {
    return issuedAtMs < (this.#challenged.get(address) ?? Number.NEGATIVE_INFINITY);
  }

  /** Whether the refresh token still works, and if not, what Entra calls the reason. */
  refresh(text: string, app: EntraApp): RefreshLookup {
    const now = this.#clock.now();
    const token = this.#refresh.get(text);
    if (!token || token.app !== app) return { failure: { code: 70000 } };
    const failure = this.#failures.get(token.address);
    if (failure) return { failure };
    if (token.session !== this.#session(token.address)) return { failure: { code: 50173 } };
    if (now - token.lastUsedMs > INACTIVE_MS) return { failure: { code: 700082 } };
    if (token.diesAtMs !== null && token.diesAtMs <= now) return { failure: { code: 70000 } };
    return { token };
  }

  /** Whose access is asked for, by the code or the refresh token; neither is used up. */
  grantee(form: URLSearchParams): { address: string } | null {
    const refresh = this.#refresh.get(form.get('refresh_token') ?? '');
    return refresh ?? this.code(form.get('code') ?? '');
  }

  /** The exchanged token works on for a while, so that a lost answer is no lost mailbox. */
  retire(token: RefreshToken): void {
    token.lastUsedMs = this.#clock.now();
    token.diesAtMs ??= this.#clock.now() + this.oldRefreshTokenLifeS * 1000;
  }

  failureOf(address: string): AadstsFailure | null {
    return this.#failures.get(address) ?? null;
  }

  setFailure(address: string, failure: AadstsFailure | null): void {
    if (failure) this.#failures.set(address, failure);
    else this.#failures.delete(address);
  }

  /** A new password, or an administrator's "revoke sessions": refresh tokens die, access lives on. */
  revokeSessions(address: string): void {
    this.#sessions.set(address, this.#session(address) + 1);
  }

  /** Takes consent back: what was given by the user, and with `admin` the tenant's too. */
  revokeConsent(person: Person, clientId: string | undefined, admin: boolean): void {
    for (const app of this.apps.values()) {
      if (clientId !== undefined && app.clientId !== clientId) continue;
      this.#userConsents.delete(`${app.clientId} ${person.oid}`);
      if (admin) this.#adminConsents.delete(`${app.clientId} ${person.tenantId}`);
    }
  }

  challenge(address: string): void {
    this.#challenged.set(address, this.#clock.now() + 1);
  }

  expireAccessTokens(address?: string): void {
    for (const token of this.#access.values()) {
      if (address === undefined || token.address === address) token.expiresAtMs = 0;
    }
  }

  refreshTokens(address: string): string[] {
    const now = this.#clock.now();
    return [...this.#refresh.values()]
      .filter((one) => one.address === address && (one.diesAtMs === null || one.diesAtMs > now))
      .map((one) => one.token);
  }

  #session(address: string): number {
    return this.#sessions.get(address) ?? 0;
  }
}
