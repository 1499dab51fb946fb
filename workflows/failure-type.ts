import { ActivityFailure, ApplicationFailure, ChildWorkflowFailure } from '@temporalio/workflow';

/** The `type` an activity failed with, also through a child workflow; null for anything else. */
export function failureType(error: unknown): string | null {
  let cause: unknown = error;
  while (cause instanceof ActivityFailure || cause instanceof ChildWorkflowFailure) {
    cause = cause.cause;
  }
  return cause instanceof ApplicationFailure ? (cause.type ?? null) : null;
}

/** What only the user, or the mailbox's administrator, can mend. */
export type UserFailure = 'TokenRevoked' | 'ConsentRequired' | 'MailboxUnavailable';

const USER_FAILURES: readonly (string | null)[] = [
  'TokenRevoked',
  'ConsentRequired',
  'MailboxUnavailable',
];

export const needsUser = (type: string | null): type is UserFailure => USER_FAILURES.includes(type);
