import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { callerOf } from './auth.ts';
import { Problem } from './problem.ts';

const WINDOW_MS = 60_000;

/** Counted in this process only: the bound is per user and API process. */
export function limitUser(perMinute: number): RequestHandler {
  return limiter(perMinute, (req) => {
    const { orgId, userId } = callerOf(req);
    return JSON.stringify([orgId, userId]);
  });
}

/** For routes without a token. */
export function limitAddress(perMinute: number): RequestHandler {
  return limiter(perMinute, (req) => addressOf(req));
}

/** Guessing at tokens: only requests that end in 401 count. */
export const limitRefusals = (perMinute: number): RequestHandler =>
  limitFailures(perMinute, ({ statusCode }) => statusCode === 401);

/** Per address, and only what failed, as told from its answer. */
export function limitFailures(
  perMinute: number,
  failed: (res: Response) => boolean,
): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: perMinute,
    legacyHeaders: false,
    standardHeaders: false,
    keyGenerator: addressOf,
    requestWasSuccessful: (_req, res) => !failed(res),
    skipSuccessfulRequests: true,
    handler: refuse,
    // Its checks write to the console when a client sends X-Forwarded-For; `trust proxy` decides.
    validate: false,
  });
}

function limiter(perMinute: number, keyGenerator: (req: Request) => string): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: perMinute,
    legacyHeaders: true,
    standardHeaders: false,
    keyGenerator,
    handler: refuse,
    validate: false,
  });
}

const refuse: RequestHandler = (_req, res, next) => {
  const seconds = res.getHeader('Retry-After') ?? Math.ceil(WINDOW_MS / 1000);
  next(
    new Problem('rate-limited', 'The limit for this minute is used up.', {
      headers: { 'Retry-After': String(seconds) },
    }),
  );
};

/** IPv6 by its network, as one customer has all of a /56. */
function addressOf(req: Request): string {
  return ipKeyGenerator(req.ip ?? 'unknown');
}
