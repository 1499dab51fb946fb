import type { InboxProblem, InboxStatus, Provider, ReconnectReason } from '../domain/inbox.ts';
import type { Scope } from '../domain/scope.ts';
import { msOf, msOrNull } from './time.ts';

/** One inbox as stored. Times are epoch ms; `…Ct` is sealed. */
export interface InboxRow {
  id: string;
  orgId: string;
  userId: string;
  provider: Provider;
  status: InboxStatus;
  epoch: number;
  scope: Scope;
  windowStart: number;
  coveredSeq: number;
  /** Which data key seals; 0 before the first. */
  keyN: number;
  reconnectReason: ReconnectReason | null;
  problem: InboxProblem | null;
  problemSince: number | null;
  /** Epoch whose lost grant the user has been told about. */
  reconnectNotifiedEpoch: number | null;
  grantedScopes: string[];
  /** Its user has turned on sending. */
  sending: boolean;
  connectedAt: number;
  disconnectedAt: number | null;
  historyDeletedAt: number | null;
  /** Names the mailbox without saying its address: the same for every user who connects it. */
  mailboxHash: string;
  /** `inboxes.profile_ct`: mailbox address, own addresses, where to notify, scope name. */
  profileCt: Buffer | null;
  /** `inboxes.tokens_ct`; null unless connected. */
  tokensCt: Buffer | null;
}

/** A row of table `inboxes`, as Postgres answers it. */
export interface InboxRecord {
  id: string;
  org_id: string;
  user_id: string;
  provider: Provider;
  status: InboxStatus;
  epoch: number;
  scope: Scope;
  window_start: string;
  covered_seq: string;
  key_n: number;
  reconnect_reason: ReconnectReason | null;
  problem: InboxProblem | null;
  problem_since: string | null;
  reconnect_notified_epoch: number | null;
  granted_scopes: string[];
  sending: boolean;
  connected_at: string;
  disconnected_at: string | null;
  history_deleted_at: string | null;
  profile_ct: Buffer | null;
  tokens_ct: Buffer | null;
  address_hash: Buffer;
}

export const toInboxRow = (record: InboxRecord): InboxRow => ({
  mailboxHash: record.address_hash.toString('hex'),
  id: record.id,
  orgId: record.org_id,
  userId: record.user_id,
  provider: record.provider,
  status: record.status,
  epoch: record.epoch,
  scope: record.scope,
  windowStart: msOf(record.window_start),
  coveredSeq: Number(record.covered_seq),
  keyN: record.key_n,
  reconnectReason: record.reconnect_reason,
  problem: record.problem,
  problemSince: msOrNull(record.problem_since),
  reconnectNotifiedEpoch: record.reconnect_notified_epoch,
  grantedScopes: record.granted_scopes,
  sending: record.sending,
  connectedAt: msOf(record.connected_at),
  disconnectedAt: msOrNull(record.disconnected_at),
  historyDeletedAt: msOrNull(record.history_deleted_at),
  profileCt: record.profile_ct,
  tokensCt: record.tokens_ct,
});
