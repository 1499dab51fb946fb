import express, { type RequestHandler } from 'express';
import { Problem } from './problem.ts';

/** @throws Problem `unsupported-media-type`, with the body unread, unless it is declared as JSON */
export function jsonOf(limit: string, tooLarge: string): RequestHandler {
  const read = express.json({ limit, strict: true });
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
