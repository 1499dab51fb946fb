import { ContentFreeError } from '../domain/errors.ts';
import type { BackfillState } from '../domain/inbox.ts';

/** No such inbox, or not this user's: the two are told apart for nobody. */
export class InboxNotFoundError extends ContentFreeError {
  override readonly name = 'InboxNotFound';
  constructor(inboxId: string) {
    super(`There is no inbox ${inboxId} for this user.`);
  }
}

/** The history of this inbox is being deleted; it can be connected again afterwards. */
export class InboxDeletingError extends ContentFreeError {
  override readonly name = 'InboxDeleting';
  constructor(inboxId: string) {
    super(`The history of inbox ${inboxId} is being deleted; connect it again when that is done.`);
  }
}

/** A disconnect or a deletion has ended the consent that was under way. */
export class FlowEndedError extends ContentFreeError {
  override readonly name = 'FlowEnded';
  constructor() {
    super('The consent was ended meanwhile, by a disconnect or a deletion.');
  }
}

/** The scope changed after these messages were judged: judge them again, nothing was written (I3). */
export class ScopeChangedError extends ContentFreeError {
  override readonly name = 'ScopeChanged';
  constructor(inboxId: string) {
    super(`The scope of inbox ${inboxId} changed while a page was in the works.`);
  }
}

/** A step was asked of a backfill that it does not fit, for example to finish before its slices. */
export class BackfillStateError extends ContentFreeError {
  override readonly name = 'BackfillState';
  constructor(n: number, problem: string, state?: BackfillState) {
    super(`Backfill ${n}${state ? ` (${state})` : ''} ${problem}.`);
  }
}

/**
 * Postgres refused a statement. Postgres and the ORM put values into their messages and details, so
 * nothing of theirs is kept but codes and names: this error may be logged and may enter a history.
 */
export class DatabaseError extends ContentFreeError {
  override readonly name = 'DatabaseError';
  readonly sqlState: string;
  readonly constraint: string | undefined;
  constructor(sqlState: string, places: { table?: string; column?: string; constraint?: string }) {
    const where = Object.entries(places).flatMap(([kind, name]) => (name ? `${kind} ${name}` : []));
    super(`Postgres answered ${sqlState}${where.length > 0 ? ` (${where.join(', ')})` : ''}.`);
    this.sqlState = sqlState;
    this.constraint = places.constraint;
  }

  /** Whether the same transaction, run again, may well succeed. */
  get retryable(): boolean {
    // deadlock, serialisation, lock or statement timeout, shutdown, lost connection, out of resources
    return /^(40|08|53|57|55P03|25P03|25P04)/.test(this.sqlState);
  }
}
