import express, { type Express } from 'express';
import helmet from 'helmet';
import { requireCaller, requireOps } from './auth.ts';
import { codecRoutes } from './codec-server.ts';
import type { ApiContext } from './context.ts';
import { mountRoutes } from './mount-routes.ts';
import { Problem } from './problem.ts';
import { problemHandler, unknownAddress } from './problem-handler.ts';
import { limitRefusals, limitUser } from './rate-limit.ts';
import { requestLog } from './request-log.ts';
import { API_ROUTES, PUBLIC_ROUTES } from './routes/index.ts';
import { sessionCaller } from './session.ts';
import { traceRequests } from './trace-requests.ts';

/** Guesses at tokens per client address and minute. */
const REFUSALS_PER_MINUTE = 100;

/** The API as an Express application; `main.ts` makes it listen. */
export function createApp(ctx: ApiContext): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('case sensitive routing', true);
  app.set('trust proxy', ctx.settings.trustProxy ? 1 : false);
  app.use(requestLog(ctx.log));
  app.use(traceRequests);
  app.use(requireHost);
  app.use(securityHeaders(ctx.settings.publicUrl));
  mountRoutes(app, PUBLIC_ROUTES, ctx);
  if (ctx.codec) app.use('/codec', codecRoutes(ctx.codec));
  app.use(
    '/api/v1',
    limitRefusals(REFUSALS_PER_MINUTE),
    requireCaller(ctx.authenticate, (req) => sessionCaller(ctx, req)),
    limitUser(ctx.settings.ratePerMinute),
    privateAnswers,
  );
  app.use('/api/v1/ops', requireOps);
  mountRoutes(app, API_ROUTES, ctx);
  app.use(unknownAddress);
  app.use(problemHandler(ctx.log));
  return app;
}

/** @throws Problem `invalid-request`, as RFC 9112, 3.2 demands */
const requireHost: express.RequestHandler = (req, _res, next) => {
  if (req.httpVersion === '1.1' && req.headers.host === undefined) {
    throw new Problem('invalid-request', 'The request has no Host header.');
  }
  next();
};

/** Answers are data: nothing in them may run, load or be framed. Pages of ours set their own. */
function securityHeaders(publicUrl: string) {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        sandbox: [],
      },
    },
    strictTransportSecurity: publicUrl.startsWith('https:'),
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
}

/** Mail must not stay in any cache. */
const privateAnswers: express.RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store');
  next();
};
