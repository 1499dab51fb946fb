import express, { type RequestHandler, Router } from 'express';
import { MAX_CONTACTS } from '../contact-input.ts';
import type { ApiContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { onlyMethods } from '../problem-handler.ts';
import { exportAudit } from './audit-export.ts';
import { listAuditLog } from './audit-log.ts';
import { changeScope } from './change-scope.ts';
import { connectInbox } from './connect-inbox.ts';
import { contactTimeline } from './contact-timeline.ts';
import { deleteContact } from './delete-contact.ts';
import { deleteHistory } from './delete-history.ts';
import { disconnectInbox } from './disconnect-inbox.ts';
import { getAttachment } from './get-attachment.ts';
import { getBackfill } from './get-backfill.ts';
import { getContact } from './get-contact.ts';
import { getDeletion } from './get-deletion.ts';
import { getInbox } from './get-inbox.ts';
import { getMessage } from './get-message.ts';
import { getThread } from './get-thread.ts';
import { listBackfills } from './list-backfills.ts';
import { listContacts } from './list-contacts.ts';
import { listInboxes } from './list-inboxes.ts';
import { listScopes } from './list-scopes.ts';
import { opsRoutes } from './ops/ops.ts';
import { putContact } from './put-contact.ts';
import { putContacts } from './put-contacts.ts';
import { reconnectInbox } from './reconnect-inbox.ts';

/** Room for 50 addresses at their longest; a bulk request is as large as 1,000 contacts need. */
const json = jsonOf('64kb', 'This address takes bodies up to 64 KB.');
const bulkJson = jsonOf(
  '4mb',
  `This address takes bodies up to 4 MB and ${MAX_CONTACTS.toLocaleString('en')} contacts.`,
);

/** Everything under `/api/v1`, each address with all the methods it takes. */
export function apiRoutes(ctx: ApiContext): Router {
  const router = Router({ caseSensitive: true, strict: false });

  router
    .route('/inboxes')
    .get(listInboxes(ctx))
    .post(json, connectInbox(ctx))
    .all(only('GET', 'POST'));
  router.route('/inboxes/:id').get(getInbox(ctx)).all(only('GET'));
  router.route('/inboxes/:id/scopes').get(listScopes(ctx)).all(only('GET'));
  router.route('/inboxes/:id/scope').put(json, changeScope(ctx)).all(only('PUT'));
  router.route('/inboxes/:id/reconnect').post(json, reconnectInbox(ctx)).all(only('POST'));
  router.route('/inboxes/:id/disconnect').post(disconnectInbox(ctx)).all(only('POST'));
  router.route('/inboxes/:id/delete-history').post(json, deleteHistory(ctx)).all(only('POST'));
  router.route('/inboxes/:id/deletions/:deletionId').get(getDeletion(ctx)).all(only('GET'));
  router.route('/inboxes/:id/backfills').get(listBackfills(ctx)).all(only('GET'));
  router.route('/inboxes/:id/backfills/:n').get(getBackfill(ctx)).all(only('GET'));

  router.route('/audit').get(listAuditLog(ctx)).all(only('GET'));
  router.route('/audit/export').get(exportAudit(ctx)).all(only('GET'));

  router.route('/contacts').get(listContacts(ctx)).all(only('GET'));
  router.route('/contacts/bulk').post(bulkJson, putContacts(ctx));
  router
    .route('/contacts/:id')
    .get(getContact(ctx))
    .put(json, putContact(ctx))
    .delete(deleteContact(ctx))
    .all(only('GET', 'PUT', 'DELETE'));
  router.route('/contacts/:id/timeline').get(contactTimeline(ctx)).all(only('GET'));

  router.route('/messages/:id').get(getMessage(ctx)).all(only('GET'));
  router.route('/messages/:id/attachments/:partId').get(getAttachment(ctx)).all(only('GET'));
  router.route('/threads/:inboxId/:threadId').get(getThread(ctx)).all(only('GET'));

  router.use('/ops', opsRoutes(ctx));
  return router;
}

const only = (...methods: string[]): RequestHandler => onlyMethods(...methods);

/** @throws Problem `unsupported-media-type`, with the body unread, unless it is declared as JSON */
function jsonOf(limit: string, tooLarge: string): RequestHandler {
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
