import type { Route } from '../route.ts';
import { adminConsent } from './admin-consent.ts';
import { exportAudit } from './audit-export.ts';
import { listAuditLog } from './audit-log.ts';
import { changeScope } from './change-scope.ts';
import { connectInbox } from './connect-inbox.ts';
import { contactTimeline } from './contact-timeline.ts';
import { deleteAllHistory, getAllDeletion, listAllDeletions } from './delete-all-history.ts';
import { deleteContact } from './delete-contact.ts';
import { deleteHistory } from './delete-history.ts';
import { disconnectInbox } from './disconnect-inbox.ts';
import { docsPage } from './docs-page.ts';
import { changeEndpoint } from './events/change-endpoint.ts';
import { createEndpoint } from './events/create-endpoint.ts';
import { deleteEndpoint } from './events/delete-endpoint.ts';
import { getEndpoint } from './events/get-endpoint.ts';
import { listDeliveries } from './events/list-deliveries.ts';
import { listEndpoints } from './events/list-endpoints.ts';
import { replayDelivery, replayFailed } from './events/replay-deliveries.ts';
import { rotateSecret } from './events/rotate-secret.ts';
import { explainEmail } from './explain-email.ts';
import { exportData } from './export-data.ts';
import { getAttachment } from './get-attachment.ts';
import { getBackfill } from './get-backfill.ts';
import { getContact } from './get-contact.ts';
import { getDeletion } from './get-deletion.ts';
import { getInbox } from './get-inbox.ts';
import { getMessage } from './get-message.ts';
import { getMessageHtml } from './get-message-html.ts';
import { getThread } from './get-thread.ts';
import { gmailWebhook } from './gmail-webhook.ts';
import { healthz } from './healthz.ts';
import { listBackfills } from './list-backfills.ts';
import { listContacts } from './list-contacts.ts';
import { listInboxes } from './list-inboxes.ts';
import { listPending } from './list-pending.ts';
import { listScopes } from './list-scopes.ts';
import { googleCallback, microsoftCallback } from './oauth-callback.ts';
import { documentRoutes } from './open-api.ts';
import { explainBackfill as opsExplainBackfill } from './ops/explain-backfill.ts';
import { listBackfills as opsListBackfills } from './ops/list-backfills.ts';
import { listInboxes as opsListInboxes } from './ops/list-inboxes.ts';
import { reconcile as opsReconcile } from './ops/reconcile.ts';
import { replayBackfill as opsReplayBackfill } from './ops/replay-backfill.ts';
import { replayBackfills as opsReplayBackfills } from './ops/replay-backfills.ts';
import { showInbox as opsShowInbox } from './ops/show-inbox.ts';
import { wakeInbox as opsWakeInbox } from './ops/wake-inbox.ts';
import { outlookLifecycle, outlookWebhook } from './outlook-webhook.ts';
import { problemPage } from './problem-page.ts';
import { putContact } from './put-contact.ts';
import { putContacts } from './put-contacts.ts';
import { readyz } from './readyz.ts';
import { reconnectInbox } from './reconnect-inbox.ts';
import { replayOwnBackfill } from './replay-own-backfill.ts';
import { cancelOutgoing } from './sending/cancel-outgoing.ts';
import { getOutgoing } from './sending/get-outgoing.ts';
import { listOutgoing } from './sending/list-outgoing.ts';
import { sendMessage } from './sending/send-message.ts';
import { turnSendingOff } from './sending/turn-off.ts';
import { turnSendingOn } from './sending/turn-on.ts';
import { deleteSession, getSession, postSession, postSessionForm } from './session.ts';
import { deleteShare, getShare, listShares, putShare } from './share-thread.ts';
import { streamChanges } from './stream-changes.ts';
import { touchReport } from './touch-report.ts';
import { waitingPage } from './waiting-page.ts';
import { webAsset, webPage } from './web-page.ts';

/** Everything under `/api/v1`. Where two addresses match, the first wins. */
export const API_ROUTES: readonly Route[] = [
  streamChanges,
  listInboxes,
  connectInbox,
  listPending,
  getInbox,
  listScopes,
  changeScope,
  reconnectInbox,
  disconnectInbox,
  deleteHistory,
  getDeletion,
  explainEmail,
  touchReport,
  listBackfills,
  getBackfill,
  replayOwnBackfill,
  listContacts,
  putContacts,
  getContact,
  putContact,
  deleteContact,
  contactTimeline,
  getMessage,
  getMessageHtml,
  getAttachment,
  getThread,
  getShare,
  putShare,
  deleteShare,
  listShares,
  exportData,
  deleteAllHistory,
  listAllDeletions,
  getAllDeletion,
  listAuditLog,
  exportAudit,
  turnSendingOn,
  turnSendingOff,
  sendMessage,
  listOutgoing,
  getOutgoing,
  cancelOutgoing,
  listEndpoints,
  createEndpoint,
  getEndpoint,
  changeEndpoint,
  deleteEndpoint,
  rotateSecret,
  listDeliveries,
  replayFailed,
  replayDelivery,
  opsListInboxes,
  opsShowInbox,
  opsListBackfills,
  opsExplainBackfill,
  opsReplayBackfills,
  opsReplayBackfill,
  opsWakeInbox,
  opsReconcile,
];

const PAGES_AND_CALLBACKS = [
  webPage,
  webAsset,
  docsPage,
  problemPage,
  healthz,
  readyz,
  googleCallback,
  microsoftCallback,
  waitingPage,
  adminConsent,
  gmailWebhook,
  outlookWebhook,
  outlookLifecycle,
  postSession,
  postSessionForm,
  getSession,
  deleteSession,
];

/** What takes no token. */
export const PUBLIC_ROUTES: readonly Route[] = [
  ...PAGES_AND_CALLBACKS,
  ...documentRoutes([...API_ROUTES, ...PAGES_AND_CALLBACKS]),
];
