/** Every provider message id the engine saw ends in exactly one of these (B2). */
export type Verdict =
  | { kind: 'stored' }
  | { kind: 'skipped'; reason: SkipReason }
  | { kind: 'gone' }
  | { kind: 'failed'; code: FailureCode };

export type SkipReason =
  | 'not_contact'
  | 'outside_scope'
  | 'before_window'
  | 'draft'
  | 'spam'
  | 'trash'
  | 'chat';

export type FailureCode = 'unreadable' | 'too_large' | 'refused_by_provider' | 'not_storable';

export interface Receipt {
  seen: number;
  stored: number;
  skipped: Partial<Record<SkipReason, number>>;
  gone: number;
  failed: number;
  /** Seen ids without a verdict: 0 in every finished backfill. */
  missing: number;
  /** Of the stored, those that no earlier run or sync had: since it was asked for. Older receipts have none. */
  added?: number;
}
