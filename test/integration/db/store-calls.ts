import type { Everything } from './everything.ts';
import { ALICE, connectInput, contact, NOON, stored } from './fixtures.ts';

export type Args = (of: Asked) => unknown[];

/** What others ask for: Alice's. */
export interface Asked extends Everything {
  inboxId: string;
  endpointId: string;
  failingId: string;
  eventId: string;
  outgoingId: string;
  sentId: string;
  sendingId: string;
  keyId: string;
  doomedKeyId: string;
  pendingId: string;
  commandId: number;
  deliverySeq: number;
  userDeletionId: string;
}

const window = { windowFrom: NOON - 1000, windowTo: NOON };
const wanted = { kind: 'scope', ...window, seqAfter: 0, seqUpto: 1 };
const gap = { cause: 'downtime', from: NOON - 1000, to: NOON };
const slice = { from: NOON - 1000, to: NOON, addressIds: [], headersFirst: false };
const bytes = Buffer.from('intruder');
const key = { keyId: '00000000-0000-4000-8000-000000000001', masterKeyId: 'm', wrappedKey: bytes };
const wish = { types: [], content: true, targetCt: bytes, masterKeyId: 'm' };
const judgedBy = { scope: { kind: 'contacts' }, contactVersion: 9 };
const inbox: Args = ({ inboxId }) => [inboxId];
const nothing: Args = () => [];
const backfill: Args = (of) => [of.inboxId, of.backfill];
const thread: Args = ({ inboxId, message }) => [{ ...message, inboxId }];
const endpoint: Args = ({ endpointId }) => [endpointId];

/**
 * Every function of a store and what it is asked with. A worker's takes its inbox from the
 * transaction; what it is asked with besides is Alice's all the same.
 */
export const CALLS: readonly (readonly [functions: string, args: Args])[] = [
  ['listInboxes listEndpoints countEndpoints readInboxVersions listPendingConnections', nothing],
  ['listSessions listUserDeletions countInboxes', nothing],
  ['listOwnShares startUserDeletion getDeletion nextDueAt readCursor', nothing],
  ['holdWrappedKeys readSealedInbox readSealedSlices readSealedOutgoing doomOlderKeys', nothing],
  ['endWatch distrustPush clearProblem readState', nothing],
  ['loadContactBook contactVersion holdContacts contactSeq holdContactSeq', nothing],
  ['getInbox mustGetInbox lockInbox disconnectInbox startDeletion listGaps', inbox],
  [
    'readKeys doomKeys readSyncHealth countStored readTouches countVerdicts verdict-store.ts:countVerdicts',
    inbox,
  ],
  ['listOutgoing reviveBackfills listBackfills turnSendingOff getOpsInbox', inbox],
  ['listOutgoingPage', ({ inboxId }) => [inboxId, { unsent: true, limit: 9 }]],
  ['recipientsOfDay', ({ inboxId }) => [inboxId, { asked: 1, limit: 1 }]],
  ['progressOf readSliceWeights findBackfill requestReplay latestReplay', backfill],
  ['countSeenSince getOpsBackfill', backfill],
  ['shareThread openedBy hasMessages', thread],
  ['unshareThread getOwnShare', ({ former }) => [{ ...former, providerThreadId: 'shared' }]],
  ['getSharedInbox', ({ former }) => [former.inboxId]],
  ['getEndpoint deleteEndpoint markDisableNotified noteFailure replayDeliveries', endpoint],
  ['noteSuccess enableEndpoint', ({ failingId }) => [failingId]],
  ['listDeliveries', ({ endpointId }) => [endpointId, { limit: 9 }]],
  ['progress getBackfill cancelBackfill runsUpTo forgetSeen', (of) => [of.backfill]],
  ['countSeen markNotified', (of) => [[of.backfill]]],
  ['openSlices', (of) => [of.backfill]],
  ['getSlice', (of) => [of.backfill, 0]],
  ['advanceSlice', (of) => [of.backfill, 0, bytes]],
  ['planBackfill', () => [1, [slice]]],
  ['addSlices', (of) => [of.backfill, [slice]]],
  ['closeSearches', (of) => [of.backfill, { all: true }]],
  ['finishBackfill', (of) => [of.backfill + 1, { closesGap: true }]],
  ['failBackfill', (of) => [of.backfill, 'intruder']],
  ['noteSeen', (of) => [of.backfill, ['intruder']]],
  ['missedBefore', (of) => [of.backfill, 0]],
  ['planReplay', (of) => [1, of.backfill]],
  ['plannedOf', (of) => [of.backfill]],
  ['notedIds', (of) => [of.backfill, { plannedAt: Date.now() + 1e6, after: '', limit: 9 }]],
  ['requestBackfill', () => [wanted]],
  ['insertBackfill', ({ inboxId }) => [inboxId, wanted]],
  ['requestContactsBackfill', () => [NOON, 1000]],
  ['hasRequestedBackfill claimDueBackfills', () => [Date.now() + 1e6]],
  ['listOpenBackfills listReceiptedBackfills', ({ inboxId }) => [inboxId, 9]],
  ['insertCommand', ({ inboxId }) => [{ inboxId, kind: 'close', epoch: 1 }]],
  ['connectInbox', () => [connectInput(ALICE, { mailbox: 'new' })]],
  [
    'changeScope',
    ({ inboxId }) => [
      { inboxId, epoch: 1 },
      { kind: 'label', labelId: 'intruder' },
    ],
  ],
  ['saveOwnProfile', ({ inboxId }) => [inboxId, bytes]],
  ['insertKey', ({ inboxId }) => [inboxId, key]],
  ['saveWrappedKey', ({ keyId }) => [{ ...key, keyId }]],
  ['readDoomedKeys listDeletions', ({ former }) => [former.inboxId]],
  ['noteDestroyed', ({ former, doomedKeyId }) => [former.inboxId, [doomedKeyId]]],
  ['messagesToReseal', () => [9]],
  ['saveResealed', ({ message }) => ['m9', [{ id: message.id, envelopeCt: bytes, bodyCt: bytes }]]],
  ['saveSealedInbox', () => [{ profileCt: bytes, tokensCt: bytes, cursorCt: bytes }]],
  ['saveSealedSlice', (of) => [{ n: of.backfill, ordinal: 0, pageTokenCt: bytes }]],
  ['deleteBatch', ({ deletionId }) => [{ deletionId }, 9]],
  ['finishDeletion', ({ deletionId }) => [{ deletionId }]],
  ['getUserDeletion', ({ userDeletionId }) => [userDeletionId]],
  ['recordEvent', ({ inboxId }) => [{ type: 'inbox.connected', inboxId, facts: {} }]],
  ['exportPage', ({ inboxId }) => [inboxId, { after: '', limit: 9 }]],
  ['openGap closedGap', () => [gap]],
  ['insertCursor', ({ inboxId }) => [inboxId, { cursorCt: bytes, syncedAt: NOON }]],
  ['insertGap', ({ inboxId }) => [inboxId, gap]],
  ['extendWaitingGap', ({ inboxId }) => [inboxId, { cause: 'downtime', to: Date.now() }]],
  ['commitMessages', () => [judgedBy, [stored('m9')]]],
  ['linkContacts', () => [judgedBy, [{ providerMessageId: 'm1', contactIds: ['c1'] }]]],
  ['readStoredEnvelopes knownVerdicts', () => [['m1']]],
  ['readToldMessage', ({ message }) => [message.id, { withContent: true }]],
  ['contactTimeline', () => ['c1', { limit: 9 }]],
  ['getMessage', ({ message }) => [message.id]],
  ['getThread', ({ inboxId, message }) => [inboxId, message.providerThreadId]],
  ['findVerdictsByRfcId', ({ inboxId }) => [inboxId, Buffer.from('rfc m1')]],
  [
    'findVerdictsBySender',
    ({ inboxId }) => [inboxId, { senderHash: Buffer.from('sender'), from: 0, to: NOON + 1 }],
  ],
  ['writeAudit', ({ inboxId }) => [{ act: 'message.read', inboxId }]],
  ['listAudit', () => [{ of: 'org', limit: 9 }]],
  ['putOauthState', (of) => [{ ...ALICE, ...flow, stateHash: bytes, expiresAt: of.commandId }]],
  [
    'putPendingConnection',
    (of) => [{ ...ALICE, ...flow, adminStateHash: bytes, expiresAt: of.commandId }],
  ],
  ['endFlowsOf', inbox],
  ['endAllFlows', nothing],
  ['holdFlow', ({ stateHash }) => [stateHash]],
  ['holdPending', ({ pendingId }) => [pendingId]],
  ['endPendingConnection', () => [{ provider: 'outlook', inboxId: null }]],
  ['putSession', () => [{ ...ALICE, sessionHash: bytes, roles: [], expiresAt: NOON }]],
  ['closeSession', ({ sessionHash }) => [sessionHash]],
  ['insertOutgoing', ({ inboxId }) => [{ inboxId, ...outgoing }]],
  ['findOutgoing', ({ inboxId, outgoingId }) => [inboxId, { id: outgoingId }]],
  ['claimAttempt', ({ outgoingId }) => [outgoingId]],
  ['cancelOutgoing', ({ inboxId, outgoingId }) => [inboxId, outgoingId]],
  ['noteCopied', ({ sentId }) => [sentId, null]],
  ['requeue', ({ sendingId }) => [sendingId, NOON]],
  ['settleOutgoing', ({ outgoingId }) => [outgoingId, { state: 'cancelled' }]],
  ['stopOutgoing', ({ inboxId }) => [inboxId, 'expired']],
  ['saveSealedOutgoing', ({ outgoingId }) => [{ id: outgoingId, contentCt: bytes }]],
  ['insertEndpoint', ({ eventId }) => [eventId, wish]],
  ['updateEndpoint', ({ endpointId }) => [endpointId, wish]],
  ['readSealedPending', () => ['m']],
  [
    'resealPending',
    ({ pendingId }) => [
      { id: pendingId, secretCt: Buffer.from('s') },
      { secretCt: bytes, masterKeyId: 'm' },
    ],
  ],
  ['resealEndpoint', ({ endpointId }) => [{ id: endpointId, targetCt: Buffer.from('t') }, wish]],
  ['disableEndpoint', ({ endpointId }) => [endpointId, 'asked']],
  ['dueLanes', ({ endpointId }) => [endpointId, Date.now()]],
  ['pendingOfLane', ({ endpointId, inboxId }) => [endpointId, inboxId, 9]],
  ['noteAttempt', (of) => [{ seq: of.deliverySeq, attempts: 0 }, { state: 'failed' }, {}]],
  ['pruneDeliveries', ({ endpointId }) => [endpointId, Date.now() + 1e6]],
  ['getDelivery', ({ endpointId, eventId }) => [endpointId, eventId]],
  ['listOpsInboxes listOpsBackfills', () => [{ limit: 9 }]],
  ['saveCursor', () => [{ cursorCt: bytes, syncedAt: NOON + 1 }]],
  ['noteSynced notePush', () => [NOON + 1e9]],
  ['saveWatch', () => [{ id: 'intruder', expiresAt: NOON }]],
  ['addTouches', () => [{ calls: 1 }]],
  ['markNeedsReconnect', () => ['revoked']],
  ['markProblem', () => ['scope_gone']],
  ['saveTokens saveProfile', () => [bytes]],
  ['markReconnectNotified', () => [1]],
  ['putContacts', () => [[contact('c9', 'c9@example.com')]]],
  ['deleteContact getContact', () => ['c1']],
  ['listContacts', () => [{ limit: 9 }]],
  ['isContactAddress', () => [['c1@example.com']]],
];

const flow = {
  provider: 'gmail',
  scope: { kind: 'contacts' },
  inboxId: null,
  browserHash: bytes,
  secretCt: bytes,
  returnTo: '',
};
const outgoing = {
  id: '00000000-0000-4000-8000-000000000001',
  idempotencyKey: 'intruder',
  requestHash: bytes,
  contentCt: bytes,
  rfcMessageId: 'intruder',
  providerThreadId: null,
  recipients: 1,
};

/**
 * They serve across users, as nobody: whoever holds the secret they ask for is answered its one row,
 * and the others answer ids, kinds and counts.
 */
export const ACROSS: readonly (readonly [functions: string, args: Args])[] = [
  ['takeOauthState', ({ stateHash }) => [stateHash]],
  ['readSession', ({ sessionHash }) => [sessionHash]],
  ['pendingConnectionOf', ({ pendingId }) => [pendingId, Buffer.from('b')]],
  ['noteAdminConsent', () => [Buffer.from('a')]],
  ['inboxesOfWatches', () => ['gmail', ['watch']]],
  ['inboxesForPush', () => ['gmail', Buffer.from('alice@acme')]],
  ['wakeInboxesOfOrg dueEndpoints dueSends dueCopies masterKeysInUse', nothing],
  ['openCommands', () => [0]],
  ['commandDone', ({ commandId }) => [commandId]],
  ['orgOfEndpoint', endpoint],
  ['inboxesToRewrap', () => [{ masterKeyId: 'intruder', after: null, limit: 9 }]],
  ['orgsToReseal', () => ['intruder']],
  ['keysInUse', ({ keyId }) => [[keyId]]],
  ['requestChecks', () => [{ everyMs: 0, limit: 9, windowMs: 0 }]],
  ['reconcileInboxes', () => [{ running: [], watchWithinMs: 0 }]],
];

/** The org's own, for its administrators and for the worker that delivers its events. */
export const OF_THE_ORG = (
  'putContacts getSharedInbox getEndpoint markDisableNotified noteFailure updateEndpoint ' +
  'readSealedPending resealPending resealEndpoint disableEndpoint noteSuccess enableEndpoint dueLanes pendingOfLane noteAttempt ' +
  'pruneDeliveries getDelivery listEndpoints countEndpoints listDeliveries replayDeliveries'
).split(' ');

/** They have nothing of anybody: sums by hashes, ids that are made, rows that are reshaped. */
export const OF_NOBODY =
  'reserveQuota takeCallSlots endCall holdCalls newEndpointId newOutgoingId toBackfillRow holdFlows shareInbox';

/** What the seeds of all tables leave out and a function asks for. */
export const PREPARED = `
  update inboxes set status = 'needs_reconnect' where address_hash = 'lost';
  update inboxes set problem = 'scope_gone' where address_hash = 'former';
  update inboxes set covered_seq = 0;
  update sync_cursors set watch_id = 'watch', watch_expires_at = now(), pushed_at = now();
  update backfills set due_at = now() - interval '1 minute';
  update backfill_slices set page_token_ct = 'token', address_ids = array[gen_random_uuid()];
  insert into event_endpoints (id, org_id, user_id, types, content, state, target_ct, master_key_id,
      failing_since)
    select gen_random_uuid(), org_id, user_id, types, content, 'disabled', target_ct, master_key_id,
      now() from event_endpoints;
  update event_deliveries set due_at = now() - interval '1 minute';
  update outgoing_messages set due_at = now() - interval '1 minute';
  insert into backfills (inbox_id, n, kind, state, window_from, window_to, seq_upto, planned_at)
    select inbox_id, n + more, 'scope', added.state, window_from, window_to, 1, now()
    from backfills, (values (1, 'running'), (2, 'cancelled')) as added (more, state) where n = 2;
  insert into backfills (inbox_id, n, kind, state, window_from, window_to, seq_upto, receipt)
    select inbox_id, 5, 'scope', 'completed', window_from, window_to, 1, '{}' from backfills where n = 2;
  insert into backfill_ids
    select inbox_id, n, id from backfills, (values ('m2'), ('m7')) as added (id) where n = 2;
  insert into verdicts (inbox_id, provider_message_id, kind, reason)
    select inbox_id, 'm7', 'failed', 'unreadable' from backfills where n = 2;
  insert into inbox_keys (inbox_id, n, key_id, master_key_id, wrapped_key)
    select inbox_id, 0, gen_random_uuid(), 'm', 'w' from backfills where n = 2;
  insert into verdicts (inbox_id, provider_message_id, kind)
    select id, 'm8', 'gone' from inboxes where address_hash = 'former';
  insert into thread_shares select id, 'shared', org_id, user_id from inboxes where address_hash = 'former';
  insert into audit_log (id, org_id, actor_id, owner_id, act, inbox_id, subject)
    select gen_random_uuid(), 'acme', 'bob', 'alice', 'thread.read', inbox_id, provider_thread_id
    from messages;
  insert into event_deliveries (endpoint_id, org_id, inbox_id, event_id, type, facts, state, settled_at)
    select endpoint_id, org_id, inbox_id, gen_random_uuid(), 't', '{}', 'failed', now()
    from event_deliveries;
  insert into outgoing_messages (id, inbox_id, idempotency_key, request_hash, state, rfc_message_id)
    select gen_random_uuid(), inbox_id, k, 'h', added.state, 'm2'
    from outgoing_messages, (values ('k2', 'sending'), ('k3', 'sent')) as added (k, state)`;

export const IDS = `
  select (select id from event_endpoints where state = 'active') as "endpointId",
    (select id from event_endpoints where state = 'disabled') as "failingId",
    (select event_id from event_deliveries where state = 'pending') as "eventId",
    (select seq::int from event_deliveries where state = 'pending') as "deliverySeq",
    (select id from outgoing_messages where state = 'queued') as "outgoingId",
    (select id from outgoing_messages where state = 'sending') as "sendingId",
    (select id from outgoing_messages where state = 'sent') as "sentId",
    (select key_id from inbox_keys where n = 0) as "keyId",
    (select key_id from doomed_keys) as "doomedKeyId",
    (select id from pending_connections) as "pendingId",
    (select id from user_deletions) as "userDeletionId",
    (select max(id)::int from workflow_commands) as "commandId"`;
