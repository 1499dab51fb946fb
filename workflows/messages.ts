import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { OwnerLabels, ShownInboxState } from './search-attributes.ts';

/** What the API and the workflows say to each other; names are stored in histories. */

/** `mail`: something arrived, sync now. `work`: contacts, scope or gaps changed, look for work. */
export type WakeReason = 'mail' | 'work';

/** Only sets a flag, so that any number of wakes costs one sync. */
export const wakeSignal = defineSignal<[{ reason: WakeReason }]>('wake');

/** The inbox was (re)connected in this epoch; starts the workflow when none runs. */
export const connectedSignal = defineSignal<[{ epoch: number }]>('connected');

export interface InboxInput {
  inboxId: string;
  epoch: number;
  /** Carried through continue-as-new; absent on the first run. */
  state?: InboxRunState;
}

/** The whole control state of an inbox workflow; never content. */
export interface InboxRunState {
  phase: InboxPhase;
  mailDirty: boolean;
  workDirty: boolean;
  /** Epoch ms: a deadline, not an interval, so that a storm of wakes cannot put it off. */
  nextCheckAt: number;
  /** Wakes within this time of the last sync's start wait for its end. */
  coalesceMs: number;
  /** Backfills started and possibly still running. */
  backfills: number[];
  /** Known once the inbox has been opened. */
  owner?: OwnerLabels;
  /** As the search attribute says it, so that it is written when it changes only. */
  shown?: ShownInboxState;
  lastSync?: { at: number; seen: number; stored: number };
  lastFailure?: { at: number; type: string };
}

export type InboxPhase = 'opening' | 'live' | 'needs_reconnect' | 'closing';

export interface BackfillInput {
  inboxId: string;
  epoch: number;
  n: number;
  /** Finished turns before a continue-as-new. */
  turns?: number;
}

export interface SyncInput {
  inboxId: string;
  epoch: number;
}

export interface DeleteHistoryInput {
  inboxId: string;
  epoch: number;
  deletionId: string;
}

export interface SendMessageInput {
  inboxId: string;
  outgoingId: string;
}

export interface DeliverEventsInput {
  endpointId: string;
}

/** After a master key rotation; nulls and zeros at the start, carried through continue-as-new. */
export interface RewrapKeysInput {
  /** The new current master key. */
  masterKeyId: string;
  after: string | null;
  rewrapped: number;
  unreadable: number;
}

export interface RotateDataKeyInput {
  inboxId: string;
}

export const statusQuery = defineQuery<InboxRunState & { epoch: number }>('status');
