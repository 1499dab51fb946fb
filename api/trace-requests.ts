import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import { describeRequest } from './request-log.ts';

/**
 * A span for every request, where traces are configured; nothing elsewhere. Like the log, it has the
 * method, the route's pattern and the status alone (I6). A trace begins here: who calls from outside
 * does not decide what is kept.
 */
export const traceRequests: RequestHandler = (req, res, next) => {
  const span = trace.getTracer('sambandh').startSpan(req.method, { kind: SpanKind.SERVER });
  res.once('close', () => {
    const { method, route, status } = describeRequest(req, res);
    span.updateName(`${method} ${route}`).setAttributes({
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
    });
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
  context.with(trace.setSpan(context.active(), span), next);
};
