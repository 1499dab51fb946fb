import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';

const GIVEN_ID = /^[A-Za-z0-9_-]{8,64}$/;
const PROBES = new Set(['/healthz', '/readyz']);

/**
 * One line a request, safe by construction: method, route pattern, status, duration and request
 * id are all there is. No header, body, query string, parameter or user is ever handed to the
 * logger, so none has to be taken out again.
 */
export function requestLog(log: Logger): RequestHandler {
  return pinoHttp<IncomingMessage, ServerResponse>({
    logger: log,
    genReqId: (req, res) => {
      const given = req.headers['x-request-id'];
      const id = typeof given === 'string' && GIVEN_ID.test(given) ? given : randomUUID();
      res.setHeader('X-Request-Id', id);
      return id;
    },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'requestId' },
    autoLogging: { ignore: (req) => PROBES.has(pathOf(req)) },
    customLogLevel: (_req, res) => (res.statusCode >= 500 ? 'warn' : 'info'),
    customSuccessMessage: () => 'request',
    customErrorMessage: () => 'request',
    customSuccessObject: (req, res, value) => line(req, res, value),
    customErrorObject: (req, res, _error, value) => line(req, res, value),
  });
}

export function requestIdOf(req: Request): string {
  return String(req.id ?? 'unknown');
}

function line(req: IncomingMessage, res: ServerResponse, value: { responseTime?: number }): object {
  return {
    method: req.method,
    route: routeOf(req),
    status: res.statusCode,
    durationMs: value.responseTime,
  };
}

/** The pattern (`/api/v1/inboxes/:id`), since the path itself may name somebody. */
function routeOf(req: IncomingMessage): string {
  const { route } = req as Partial<Request>;
  return typeof route?.path === 'string' ? route.path : 'none';
}

function pathOf(req: IncomingMessage): string {
  return (req.url ?? '').split('?')[0] ?? '';
}
