import { timingSafeEqual } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import express, { type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import type { PayloadCodec } from '../codec/payload-codec.ts';
import type { Secret } from '../config/secret.ts';
import { UnknownKeyError } from '../crypto/named-keys.ts';
import { SealBrokenError } from '../crypto/seal.ts';
import { type Authenticate, assertOps, bearerToken } from './auth.ts';
import { hashOf } from './browser-binding.ts';
import { Problem } from './problem.ts';
import { onlyMethods } from './problem-handler.ts';
import { limitRefusals } from './rate-limit.ts';
import { parse } from './validate.ts';

export interface CodecOptions {
  codec: PayloadCodec;
  authenticate: Authenticate;
  /** Of the Temporal UI: the one page that a browser may call this from. */
  uiOrigin: string;
  /** Lets in a UI without log-in, by an address that holds it. */
  token: Secret | undefined;
}

/** Guesses per client address and minute. */
const REFUSALS_PER_MINUTE = 20;

/** Payloads as JSON: bytes in base64. */
const base64 = z.base64().transform((text) => Buffer.from(text, 'base64'));
const bodySchema = z.object({
  payloads: z
    .array(
      z.object({
        metadata: z.record(z.string(), base64).default({}),
        data: base64.default(() => Buffer.alloc(0)),
      }),
    )
    .max(10_000),
});

/**
 * Temporal's codec server: `POST /codec/decode` and `/codec/encode` for operators, so that its UI and
 * CLI show what only we can open. Asked with a bearer token of the role `ops`, or at
 * `/codec/<CODEC_TOKEN>/…`.
 */
export function codecRoutes(options: CodecOptions): Router {
  const router = Router({ caseSensitive: true });
  router.use(sameUi(options.uiOrigin), limitRefusals(REFUSALS_PER_MINUTE));
  const body = express.json({ limit: '8mb' });
  for (const verb of ['decode', 'encode'] as const) {
    const answer = convert((payloads) => options.codec[verb](payloads));
    for (const path of [`/${verb}`, `/:token/${verb}`]) {
      router.route(path).post(requireOperator(options), body, answer).all(onlyMethods('POST'));
    }
  }
  return router;
}

/** A page elsewhere is refused before anything is read, not merely kept from reading the answer. */
function sameUi(uiOrigin: string): RequestHandler {
  return (req, res, next) => {
    const { origin } = req.headers;
    res.vary('Origin');
    if (origin !== undefined && origin !== uiOrigin) {
      throw new Problem('operators-only', 'Pages of this origin may not ask for this.');
    }
    if (origin === uiOrigin) {
      res.set({
        'Access-Control-Allow-Origin': uiOrigin,
        'Access-Control-Allow-Headers': 'authorization, content-type, x-namespace',
        'Access-Control-Allow-Methods': 'POST',
        'Access-Control-Max-Age': '600',
        'Cross-Origin-Resource-Policy': 'cross-origin',
      });
    }
    res.set('Cache-Control', 'no-store');
    if (req.method === 'OPTIONS') res.status(204).end();
    else next();
  };
}

/** @throws Problem `unauthenticated`; `operators-only` */
function requireOperator({ authenticate, token }: CodecOptions): RequestHandler {
  return async (req, _res, next) => {
    const given = tokenInPath(req);
    if (given !== null) {
      if (token && timingSafeEqual(hashOf(given), hashOf(token.reveal()))) return next();
      throw new Problem('unauthenticated', 'This is not the address that the codec has.');
    }
    const bearer = bearerToken(req.headers.authorization);
    if (!bearer) {
      throw new Problem('unauthenticated', 'The request carries no bearer token.', {
        headers: { 'WWW-Authenticate': 'Bearer realm="sambandh"' },
      });
    }
    assertOps(await authenticate(bearer));
    next();
  };
}

const tokenInPath = ({ params: { token } }: Request): string | null =>
  typeof token === 'string' ? token : null;

function convert(work: (payloads: Payload[]) => Promise<Payload[]>): RequestHandler {
  return async (req, res) => {
    const { payloads } = parse(bodySchema, req.body);
    const converted = await work(payloads).catch(refuseUnreadable);
    res.json({ payloads: converted.map(toJson) });
  };
}

/** Sealed by another deployment, or under a key that was removed. */
function refuseUnreadable(error: unknown): never {
  if (!(error instanceof UnknownKeyError || error instanceof SealBrokenError)) throw error;
  throw new Problem('invalid-request', error.message, { cause: error });
}

const toJson = ({ metadata, data }: Payload) => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, bytes]) => [name, textOf(bytes)]),
  ),
  data: textOf(data),
});

const textOf = (bytes: Uint8Array | null | undefined): string =>
  Buffer.from(bytes ?? []).toString('base64');
