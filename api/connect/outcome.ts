import { KeyStoreError } from '../../crypto/key-provider.ts';
import type { ConnectedInbox } from '../../db/connect-inbox.ts';
import { FlowEndedError, InboxDeletingError } from '../../db/errors.ts';
import { ProviderError } from '../../providers/errors.ts';
import type { Outcome } from '../../web/outcomes.ts';

/** Ends the attempt with an outcome for the user. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly outcome: Outcome;
  constructor(outcome: Outcome, options?: ErrorOptions) {
    super(outcome, options);
    this.outcome = outcome;
  }
}

/** Of an attempt that was stored. */
export function outcomeOfStored({
  changed,
  turnedOn,
  chosen,
  sendingEnded,
  reconnected,
}: Pick<ConnectedInbox, 'changed' | 'chosen' | 'sendingEnded' | 'reconnected'> & {
  turnedOn: boolean;
}): Outcome {
  if (!changed) return 'already_connected';
  if (turnedOn) return 'sending_on';
  if (!chosen) return 'connected_unchosen';
  if (sendingEnded) return 'reconnected_sending_off';
  return reconnected ? 'reconnected' : 'connected';
}

/** Of one that has failed; null for a failure of our own. */
export function outcomeOf(error: unknown): Outcome | null {
  if (error instanceof Refused) return error.outcome;
  if (error instanceof InboxDeletingError) return 'inbox_deleting';
  if (error instanceof FlowEndedError) return 'stopped_meanwhile';
  if (error instanceof KeyStoreError) return 'keys_unavailable';
  if (!(error instanceof ProviderError)) return null;
  return error.retryable ? 'provider_unavailable' : 'provider_error';
}
