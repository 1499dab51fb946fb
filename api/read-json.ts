import { isUtf8 } from 'node:buffer';
import express, { type RequestHandler } from 'express';
import { Problem } from './problem.ts';

/** @throws Problem `unsupported-media-type`, with the body unread, unless it is declared as JSON */
export function jsonOf(limit: string, tooLarge: string): RequestHandler {
  // A bare `5` or `null` is JSON: what is wrong with it, the route's schema says.
  const read = express.json({ limit, strict: false, verify: requireUtf8 });
  return (req, res, next) => {
    // Some clients declare nothing of a body that is empty.
    if (req.headers['content-length'] !== '0' && req.is('application/json') === false) {
      throw new Problem('unsupported-media-type', 'The body is not declared as JSON.');
    }
    read(req, res, (error?: unknown) => {
      const is413 = (error as { status?: unknown } | undefined)?.status === 413;
      next(is413 ? new Problem('body-too-large', tooLarge, { cause: error }) : error);
    });
  };
}

/** Room for 50 addresses at their longest. */
export const smallJson = jsonOf('64kb', 'This address takes bodies up to 64 KB.');

/** For an address that takes no body: one would be meant to do something, and does not. */
export const refuseBody: RequestHandler = (req, _res, next) => {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = req.headers;
  if (encoding === undefined && Number(length) === 0) return next();
  throw new Problem('invalid-request', 'This address takes no body.');
};

/** The parser would put U+FFFD where bytes cannot be read, and a name would be stored damaged. */
function requireUtf8(_req: unknown, _res: unknown, body: Buffer): void {
  if (!isUtf8(body)) throw new Error('not UTF-8');
}
