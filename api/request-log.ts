import { randomUUID } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { httpRequests } from '../metrics/engine.ts';

const GIVEN_ID = /^[A-Za-z0-9_-]{8,64}$/;
const PROBES = new Set(['/healthz', '/readyz']);

const ids = new WeakMap<Request, string>();

/**
 * One line a request, safe by construction: request id, method, route pattern, status and duration
 * are all there is. Headers, bodies, query strings, parameters and users are never handed to the
 * logger, as pino-http would do, so that none has to be taken out again (I6).
 */
export function requestLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const requestId = idOf(req);
    ids.set(req, requestId);
    res.setHeader('X-Request-Id', requestId);
    const startedAt = performance.now();
    res.once('close', () => {
      const line = { requestId, ...describeRequest(req, res), durationMs: since(startedAt) };
      httpRequests.observe(
        { method: line.method, route: line.route, status: String(line.status) },
        line.durationMs / 1_000,
      );
      if (res.statusCode >= 500) log.warn(line, 'request');
      else if (PROBES.has(line.route)) log.trace(line, 'request');
      else log.info(line, 'request');
    });
    next();
  };
}

/** Also on the answer, and in `instance` of a problem document. */
export function requestIdOf(req: Request): string {
  return ids.get(req) ?? 'unknown';
}

/** A caller's own id, if it cannot be anything but an id. */
function idOf(req: Request): string {
  const given = req.headers['x-request-id'];
  return typeof given === 'string' && GIVEN_ID.test(given) ? given : randomUUID();
}

/** The route's pattern (`/inboxes/:id`), since the path itself may name somebody. */
export function describeRequest(req: Request, res: Response) {
  const { route } = req as Partial<Request>;
  return {
    method: req.method,
    route: typeof route?.path === 'string' ? route.path : 'none',
    status: res.statusCode,
    /** False when the caller hung up before the answer was out. */
    answered: res.writableFinished,
  };
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}
