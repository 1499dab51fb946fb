import { createSecretKey } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import {
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';
import { z } from 'zod';
import { Problem } from './problem.ts';

/** Who calls. Row-level security is bound to `orgId` and `userId`. */
export interface Caller {
  orgId: string;
  userId: string;
  roles: readonly string[];
  /** Where notifications go; the connected mailbox itself when absent. */
  email: string | null;
}

/** @throws Problem `unauthenticated`; `temporarily-unavailable` when the key server is down */
export type Authenticate = (token: string) => Promise<Caller>;

export interface AuthOptions {
  secret?: string | undefined;
  jwksUrl?: string | undefined;
  issuer?: string | undefined;
  audience?: string | undefined;
}

const identifier = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u);
const claimsSchema = z.object({
  sub: identifier,
  org: identifier,
  roles: z.array(z.string().max(100)).max(100).default([]),
  email: z.email().max(320).optional().catch(undefined),
});

/** Each key source takes its own algorithms only, or a public key could pass for a shared secret. */
const SECRET_ALGORITHMS = ['HS256'];
const JWKS_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
const MAX_TOKEN_CHARS = 8_192;

export function createAuthenticate(options: AuthOptions): Authenticate {
  const verify = createVerify(options);
  return async (token) => {
    const claims = claimsSchema.safeParse(await verified(verify, token));
    if (!claims.success) throw refused('The token names no user or no org.');
    const { sub, org, roles, email } = claims.data;
    return { userId: sub, orgId: org, roles, email: email ?? null };
  };
}

type Verify = (token: string) => Promise<JWTPayload>;

function createVerify({ secret, jwksUrl, issuer, audience }: AuthOptions): Verify {
  const checks: JWTVerifyOptions = {
    requiredClaims: ['sub', 'exp'],
    clockTolerance: '30s',
    ...(issuer && { issuer }),
    ...(audience && { audience }),
  };
  // As a key object, since bytes would be imported anew for every token.
  const secretKey = secret ? createSecretKey(secret, 'utf8') : null;
  const keySet = jwksUrl ? createRemoteJWKSet(new URL(jwksUrl)) : null;
  return async (token) => {
    if (keySet && !(secretKey && isHmac(token))) {
      return (await jwtVerify(token, keySet, { ...checks, algorithms: JWKS_ALGORITHMS })).payload;
    }
    if (!secretKey) throw new errors.JOSEAlgNotAllowed('no key for this algorithm');
    return (await jwtVerify(token, secretKey, { ...checks, algorithms: SECRET_ALGORITHMS }))
      .payload;
  };
}

/** Chooses the key source only; the source then pins the algorithms again. */
function isHmac(token: string): boolean {
  try {
    const header = Buffer.from(token.split('.')[0] ?? '', 'base64url').toString('utf8');
    return JSON.parse(header).alg === 'HS256';
  } catch {
    return false;
  }
}

async function verified(verify: Verify, token: string): Promise<JWTPayload> {
  try {
    return await verify(token);
  } catch (error) {
    if (isKeyServerFault(error)) {
      throw new Problem(
        'temporarily-unavailable',
        'The keys to check tokens with are not to be had.',
        {
          headers: { 'Retry-After': '5' },
          cause: error,
        },
      );
    }
    throw refused('The token is expired, malformed or not signed by a trusted key.');
  }
}

/** Everything but a fault of the token itself: a caller must not be logged out by our key server. */
function isKeyServerFault(error: unknown): boolean {
  return (
    !(error instanceof errors.JOSEError) ||
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    error.code === 'ERR_JOSE_GENERIC'
  );
}

function refused(detail: string): Problem {
  return new Problem('unauthenticated', detail, {
    headers: { 'WWW-Authenticate': 'Bearer realm="sambandh", error="invalid_token"' },
  });
}

const callers = new WeakMap<Request, Caller>();

/**
 * Puts the caller on the request, or refuses it. A bearer token decides alone; without an
 * Authorization header the cookie of the page's session does.
 */
export function requireCaller(
  authenticate: Authenticate,
  bySession: (req: Request) => Promise<Caller | null>,
): RequestHandler {
  return async (req, _res, next) => {
    callers.set(req, await callerBy(authenticate, bySession, req));
    next();
  };
}

async function callerBy(
  authenticate: Authenticate,
  bySession: (req: Request) => Promise<Caller | null>,
  req: Request,
): Promise<Caller> {
  const token = bearerToken(req.headers.authorization);
  if (token) return authenticate(token);
  const caller = req.headers.authorization === undefined ? await bySession(req) : null;
  if (caller) return caller;
  throw new Problem('unauthenticated', 'The request carries no bearer token and no session.', {
    headers: { 'WWW-Authenticate': 'Bearer realm="sambandh"' },
  });
}

/** In the token's `roles`: whoever runs this deployment. Sees states and counts of every org. */
const OPERATOR = 'ops';

/** @throws Problem `operators-only` */
export const requireOps: RequestHandler = (req, _res, next) => {
  assertOps(callerOf(req));
  next();
};

/** @throws Problem `operators-only` */
export function assertOps({ roles }: Caller): void {
  if (roles.includes(OPERATOR)) return;
  throw new Problem('operators-only', `The token does not carry the role "${OPERATOR}".`);
}

/** In the token's `roles`: whoever sets up what concerns the whole org, such as event endpoints. */
const ADMINISTRATOR = 'admin';

/** @throws Problem `administrators-only` */
export const requireAdmin: RequestHandler = (req, _res, next) => {
  if (!callerOf(req).roles.includes(ADMINISTRATOR)) {
    throw new Problem(
      'administrators-only',
      `The token does not carry the role "${ADMINISTRATOR}".`,
    );
  }
  next();
};

/** The caller `requireCaller` has let in. */
export function callerOf(req: Request): Caller {
  const caller = callers.get(req);
  if (!caller) throw new Error('This route is not behind requireCaller.');
  return caller;
}

export function bearerToken(header: string | undefined): string | null {
  if (!header || header.length > MAX_TOKEN_CHARS) return null;
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(header)?.[1] ?? null;
}
