import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { BackfillState, Provider } from '../domain/inbox.ts';

/**
 * What operators find workflows by. They are stored in clear at Temporal, so ids, states and counts
 * only; the worker registers them when it starts.
 */
const INBOX_ID = defineSearchAttributeKey('InboxId', 'KEYWORD');
const USER_ID = defineSearchAttributeKey('UserId', 'KEYWORD');
const ORG_ID = defineSearchAttributeKey('OrgId', 'KEYWORD');
const PROVIDER = defineSearchAttributeKey('Provider', 'KEYWORD');
const INBOX_STATE = defineSearchAttributeKey('InboxState', 'KEYWORD');
const BACKFILL_STATE = defineSearchAttributeKey('BackfillState', 'KEYWORD');
const FAILED_MESSAGES = defineSearchAttributeKey('FailedMessages', 'INT');

/** As they are registered. */
export const SEARCH_ATTRIBUTES = {
  InboxId: 'Keyword',
  UserId: 'Keyword',
  OrgId: 'Keyword',
  Provider: 'Keyword',
  InboxState: 'Keyword',
  BackfillState: 'Keyword',
  FailedMessages: 'Int',
} as const;

/** Whose an inbox is, in a form that may be shown; see activities/owner-labels.ts. */
export interface OwnerLabels {
  userId: string;
  orgId: string;
  provider: Provider;
}

export type ShownInboxState =
  | 'opening'
  | 'connected'
  /** It could not sync at its last attempt, and tries again. */
  | 'failing'
  | 'needs_reconnect'
  | 'disconnected';

export const inboxAttributes = (
  inboxId: string,
  owner: OwnerLabels | undefined,
): SearchAttributePair[] => [
  { key: INBOX_ID, value: inboxId },
  ...(owner
    ? [
        { key: USER_ID, value: owner.userId },
        { key: ORG_ID, value: owner.orgId },
        { key: PROVIDER, value: owner.provider },
      ]
    : []),
];

export const inboxStateAttribute = (state: ShownInboxState): SearchAttributePair => ({
  key: INBOX_STATE,
  value: state,
});

/** @param failed messages that could not be stored, as far as the run has an end */
export const backfillAttributes = (
  state: BackfillState | 'interrupted',
  failed?: number,
): SearchAttributePair[] => [
  { key: BACKFILL_STATE, value: state },
  ...(failed === undefined ? [] : [{ key: FAILED_MESSAGES, value: failed }]),
];
