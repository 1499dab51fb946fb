import type { InboxRow } from './inbox-row.ts';

/** One transaction, bound by row-level security to whoever it was opened for. */
export interface Tx {
  /**
   * One statement with `$1…` bound, never written into the text. It is sent at once: statements
   * started together travel together and run in the order in which they were started.
   */
  sql<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]>;

  /**
   * The same for a statement without an answer. Nothing waits for it but the commit, which fails as
   * it does.
   */
  send(text: string, params?: readonly unknown[]): void;
}

/** A worker's transaction, bound to one inbox; `app_inbox()` in SQL is its id. */
export interface InboxTx extends Tx {
  /** As it was when the transaction began, and still is when it was entered through the fence. */
  readonly inbox: InboxRow;
}

/** Holds the inbox alone, which updating its row needs. */
export interface ExclusiveInboxTx extends InboxTx {
  readonly exclusive: true;
}

/** For statements that answer exactly one row. */
export const one = <Row>(rows: readonly Row[]): Row => {
  const [row] = rows;
  if (rows.length !== 1 || row === undefined) {
    throw new Error(`Expected one row, Postgres answered ${rows.length}`);
  }
  return row;
};
