import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/workflow';

/**
 * The `type` an activity failed with, also through a child workflow; `Unknown` when it ended some
 * other way (terminated, timed out); null when the error is not of an activity or child at all.
 */
export function failureType(error: unknown): string | null {
  if (!isOfOthers(error)) return null;
  let cause: unknown = error;
  while (isOfOthers(cause)) cause = cause.cause;
  return cause instanceof ApplicationFailure ? (cause.type ?? 'Unknown') : 'Unknown';
}

const isOfOthers = (error: unknown): error is ActivityFailure | ChildWorkflowFailure =>
  error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;

/** What only the user, or the mailbox's administrator, can mend. */
export type UserFailure = 'TokenRevoked' | 'ConsentRequired' | 'MailboxUnavailable';

const USER_FAILURES: readonly (string | null)[] = [
  'TokenRevoked',
  'ConsentRequired',
  'MailboxUnavailable',
];

export const needsUser = (type: string | null): type is UserFailure => USER_FAILURES.includes(type);
