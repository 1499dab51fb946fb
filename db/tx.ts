import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import type { InboxRow } from './inbox-row.ts';

/** One transaction, bound by row-level security to whoever it was opened for. */
export interface Tx {
  /** Writes its parameters into the statement text: never hand it content, clear or sealed. */
  readonly em: EntityManager;
  /** One statement with `$1…` bound, never written into the text. */
  sql<Row extends object>(text: string, params?: readonly unknown[]): Promise<Row[]>;
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

export const txOf = (em: EntityManager): Tx => ({
  em,
  sql: async <Row extends object>(text: string, params: readonly unknown[] = []) => {
    const { rows } = await em.getKysely().executeQuery(CompiledQuery.raw(text, [...params]));
    return rows as Row[];
  },
});

/** For statements that answer exactly one row. */
export const one = <Row>(rows: readonly Row[]): Row => {
  const [row] = rows;
  if (rows.length !== 1 || row === undefined) {
    throw new Error(`Expected one row, Postgres answered ${rows.length}`);
  }
  return row;
};
