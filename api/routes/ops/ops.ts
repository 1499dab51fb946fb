import { type RequestHandler, Router } from 'express';
import { requireOps } from '../../auth.ts';
import type { ApiContext } from '../../context.ts';
import { onlyMethods } from '../../problem-handler.ts';
import { explainBackfill } from './explain-backfill.ts';
import { listBackfills } from './list-backfills.ts';
import { listInboxes } from './list-inboxes.ts';
import { showInbox } from './show-inbox.ts';

/** Everything under `/api/v1/ops`: all orgs, and never any content; the database role decides. */
export function opsRoutes(ctx: ApiContext): Router {
  const router = Router({ caseSensitive: true });
  router.use(requireOps);
  router.route('/inboxes').get(listInboxes(ctx)).all(only('GET'));
  router.route('/inboxes/:id').get(showInbox(ctx)).all(only('GET'));
  router.route('/backfills').get(listBackfills(ctx)).all(only('GET'));
  router.route('/backfills/:id').get(explainBackfill(ctx)).all(only('GET'));
  return router;
}

const only = (...methods: string[]): RequestHandler => onlyMethods(...methods);
