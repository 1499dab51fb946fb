/**
 * What an address answers a teammate and a namesake in another org who ask it for Ann's. A route that
 * is not named here fails the walk: say what it must answer, and the walk then tries it.
 *
 * - `hidden`: 404, as for what does not exist
 * - `own`: whatever is the asker's own, and nothing of Ann's
 * - `org`: the org's contacts, which a teammate may see and change
 * - `roles`: 403 without the role that it needs; with it, an operator of another org is told no
 *   content
 * - `admins`: the same, and 404 for an administrator of another org
 * - `endless`: a stream, which the walk does not wait for and so does not try
 * - `refused`: not tried with Ann's ids, as it takes none; a 4xx for the body given here
 */
export const EXPECTED: Record<
  string,
  'hidden' | 'own' | 'org' | 'roles' | 'admins' | 'endless' | 'refused'
> = {
  listInboxes: 'own',
  connectInbox: 'refused',
  getInbox: 'hidden',
  listScopes: 'hidden',
  changeScope: 'hidden',
  reconnectInbox: 'hidden',
  disconnectInbox: 'hidden',
  deleteHistory: 'hidden',
  getDeletion: 'hidden',
  explainEmail: 'hidden',
  touchReport: 'hidden',
  listBackfills: 'hidden',
  getBackfill: 'hidden',
  replayBackfill: 'hidden',
  listPendingConnections: 'own',
  listContacts: 'org',
  putContacts: 'refused',
  getContact: 'org',
  putContact: 'org',
  deleteContact: 'org',
  contactTimeline: 'own',
  getMessage: 'hidden',
  getMessageHtml: 'hidden',
  streamChanges: 'endless',
  getAttachment: 'hidden',
  getThread: 'hidden',
  getShare: 'hidden',
  shareThread: 'hidden',
  unshareThread: 'hidden',
  listShares: 'own',
  exportData: 'own',
  deleteAllHistory: 'own',
  listAllDeletions: 'own',
  getAllDeletion: 'hidden',
  listAuditLog: 'own',
  exportAudit: 'own',
  opsListInboxes: 'roles',
  opsShowInbox: 'roles',
  opsListBackfills: 'roles',
  opsExplainBackfill: 'roles',
  opsReplayBackfill: 'roles',
  opsReplayBackfills: 'roles',
  opsWakeInbox: 'roles',
  opsReconcile: 'roles',
  turnSendingOn: 'hidden',
  turnSendingOff: 'hidden',
  sendMessage: 'hidden',
  getOutgoingMessage: 'hidden',
  cancelOutgoingMessage: 'hidden',
  listOutgoingMessages: 'hidden',
  listEventEndpoints: 'roles',
  createEventEndpoint: 'roles',
  getEventEndpoint: 'admins',
  changeEventEndpoint: 'admins',
  deleteEventEndpoint: 'admins',
  rotateEventEndpointSecret: 'admins',
  listEventDeliveries: 'admins',
  replayFailedEventDeliveries: 'admins',
  replayEventDelivery: 'admins',
};

/** For routes whose body or query must hold something. */
export const BODIES: Record<string, unknown> = {
  changeScope: { kind: 'contacts' },
  reconnectInbox: {},
  deleteHistory: { confirm: 'delete' },
  deleteAllHistory: { confirm: 'delete everything' },
  sendMessage: { to: [{ address: 'x@y.example' }], subject: 's', text: 't' },
  putContact: { name: 'Carol', addresses: ['carol@customer.example'] },
  opsReplayBackfills: {},
  changeEventEndpoint: {
    url: 'https://crm.example/hook',
    types: ['message.synced'],
    content: true,
    state: 'active',
  },
};
export const QUERIES: Record<string, string> = { explainEmail: '?messageId=canary@mail.example' };

/** What ends others; asked of their owner last. */
export const LAST = ['deleteEventEndpoint', 'disconnectInbox', 'deleteHistory'];
