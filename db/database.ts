import type { MikroORM, PostgreSqlConnection } from '@mikro-orm/postgresql';
import type { Client, Pool, PoolClient, QueryResult } from 'pg';
import { handled } from '../concurrency/handled.ts';
import { StaleEpochError } from '../domain/errors.ts';
import { withoutValues } from './database-error.ts';
import { InboxNotFoundError } from './errors.ts';
import { type InboxRecord, type InboxRow, toInboxRow } from './inbox-row.ts';
import { initOrm, type OrmOptions } from './orm.ts';
import { OPS_ROLE } from './roles.ts';
import type { ExclusiveInboxTx, InboxTx, Tx } from './tx.ts';

export type { ExclusiveInboxTx, InboxTx, Tx } from './tx.ts';

/** An inbox in one epoch: what a worker attempt was started for. */
export interface Attempt {
  inboxId: string;
  epoch: number;
}

export interface User {
  orgId: string;
  userId: string;
  /** Of their token; the database knows `ops` and `admin`. */
  roles?: readonly string[];
}

const KNOWN_ROLES = ['ops', 'admin'];

/**
 * Every access to Postgres is one short transaction opened for somebody; row-level security binds it
 * to them, and a query outside of one sees nothing. `work` must do nothing but talk to Postgres.
 */
export class Database implements AsyncDisposable {
  readonly #orm: MikroORM;
  readonly #pool: Pool;

  private constructor(orm: MikroORM, pool: Pool) {
    this.#orm = orm;
    this.#pool = pool;
  }

  static async open(options: OrmOptions): Promise<Database> {
    const orm = await initOrm(options);
    const connection = orm.em.getConnection() as PostgreSqlConnection;
    return new Database(orm, await connection.getNativeClient());
  }

  /** The user's own inboxes and mail, and the contacts of the org. */
  asUser<T>({ orgId, userId, roles = [] }: User, work: (tx: Tx) => Promise<T>): Promise<T> {
    const known = KNOWN_ROLES.filter((role) => roles.includes(role)).join(',');
    return this.#bound(work, {
      text: `select set_config('app.org_id', $1, true), set_config('app.user_id', $2, true),
        set_config('app.roles', $3, true)`,
      params: [orgId, userId, known],
    });
  }

  /** The org's contacts, nobody's mail. */
  asOrg<T>(orgId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#bound(work, {
      text: "select set_config('app.org_id', $1, true)",
      params: [orgId],
    });
  }

  /** An operator: ids, states and counts of every inbox. The role has no right to anything else. */
  asOps<T>({ orgId, userId }: User, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#bound(work, {
      // Who they are is for the audit log alone: what an operator sees does not hang on it.
      text: `select set_config('role', '${OPS_ROLE}', true), set_config('app.org_id', $1, true),
        set_config('app.user_id', $2, true)`,
      params: [orgId, userId],
    });
  }

  /** Nothing but the functions that serve across users. */
  asNobody<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#transaction(work, null);
  }

  /**
   * The worker in any state of the inbox: for deletion and cleanup, which check the epoch themselves.
   * @throws InboxNotFoundError
   */
  asInbox<T>(inboxId: string, work: (tx: InboxTx, inbox: InboxRow) => Promise<T>): Promise<T> {
    const bind = { text: 'select * from bind_inbox($1)', params: [inboxId] };
    return this.#transaction((tx, [record]) => {
      if (!record) throw new InboxNotFoundError(inboxId);
      const inbox = toInboxRow(record);
      return work({ ...tx, inbox }, inbox);
    }, bind);
  }

  /**
   * The worker, fenced: disconnect and delete wait for this transaction, and after them it does not
   * begin (I4).
   * @throws StaleEpochError
   */
  asConnectedInbox<T>(
    attempt: Attempt,
    work: (tx: InboxTx, inbox: InboxRow) => Promise<T>,
  ): Promise<T> {
    return this.#transaction(
      (tx, [record]) => {
        const inbox = stillConnected(record, attempt);
        return work({ ...tx, inbox }, inbox);
      },
      enter('enter_inbox', attempt),
    );
  }

  /**
   * Fenced like `asConnectedInbox` and alone on the inbox: for the functions that update its row,
   * which ask for this by type.
   * @throws StaleEpochError
   */
  asConnectedInboxExclusive<T>(
    attempt: Attempt,
    work: (tx: ExclusiveInboxTx, inbox: InboxRow) => Promise<T>,
  ): Promise<T> {
    return this.#transaction(
      (tx, [record]) => {
        const inbox = stillConnected(record, attempt);
        return work({ ...tx, inbox, exclusive: true }, inbox);
      },
      enter('enter_inbox_exclusive', attempt),
    );
  }

  /** A single statement as nobody, without the round trips of a transaction. */
  async statement<Row extends object>(text: string, params: readonly unknown[]): Promise<Row[]> {
    try {
      const { rows } = await this.#pool.query<Row>(text, [...params]);
      return rows;
    } catch (error) {
      throw withoutValues(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#orm.close();
    // The ORM ends the pool only if it has used it itself; idle connections would hold the process.
    if (!this.#pool.ending) await this.#pool.end();
  }

  /** What binds goes out before anything of `work`, which need not wait for it: it answers nothing. */
  #bound<T>(work: (tx: Tx) => Promise<T>, { text, params }: Statement): Promise<T> {
    return this.#transaction((tx) => {
      tx.send(text, params);
      return work(tx);
    }, null);
  }

  /** @param opening goes out with `begin`, and its rows to `work` */
  async #transaction<T>(
    work: (tx: Tx, opened: InboxRecord[]) => Promise<T>,
    opening: Statement | null,
  ): Promise<T> {
    try {
      const client = await this.#pool.connect();
      let broken = true;
      try {
        const result = await runTransaction(client, work, opening);
        broken = false;
        return result;
      } catch (error) {
        // Fails with the connection, which the pool must then drop, and must not hide why.
        broken = await client.query('rollback').then(
          () => false,
          () => true,
        );
        throw error;
      } finally {
        client.release(broken);
      }
    } catch (error) {
      throw withoutValues(error);
    }
  }
}

interface Statement {
  text: string;
  params: readonly unknown[];
}

/** One round trip to begin, one to commit, and those that `work` waits for between. */
async function runTransaction<T>(
  client: PoolClient,
  work: (tx: Tx, opened: InboxRecord[]) => Promise<T>,
  opening: Statement | null,
): Promise<T> {
  const sent: Promise<unknown>[] = [];
  const sql: Tx['sql'] = async <Row extends object>(
    text: string,
    params: readonly unknown[] = [],
  ) => (await asked<Row>(client, text, [...params])).rows;
  const send: Tx['send'] = (text, params) => {
    sent.push(handled(sql(text, params)));
  };
  sent.push(handled(asked(client, 'begin')));
  try {
    const opened = opening ? await sql<InboxRecord>(opening.text, opening.params) : [];
    const result = await work({ sql, send }, opened);
    sent.push(handled(commit(client)));
    return result;
  } finally {
    // What failed first is the reason; Postgres refuses everything after it, the commit included.
    await Promise.all(sent);
  }
}

/** What is asked in one turn of the event loop goes out in one write: each costs as much as a statement. */
function asked<Row extends object>(
  client: PoolClient,
  text: string,
  params?: unknown[],
): Promise<QueryResult<Row>> {
  const { stream } = (client as PoolClient & Client).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
  return client.query<Row>(text, params);
}

/** Postgres answers a commit after a failed statement with a rollback, as if nothing were amiss. */
async function commit(client: PoolClient): Promise<void> {
  const { command } = await asked(client, 'commit');
  if (command !== 'COMMIT')
    throw new Error('A failed statement was passed over; nothing is saved.');
}

const enter = (
  fence: 'enter_inbox' | 'enter_inbox_exclusive',
  { inboxId, epoch }: Attempt,
): Statement => ({ text: `select * from ${fence}($1, $2)`, params: [inboxId, epoch] });

const stillConnected = (record: InboxRecord | undefined, attempt: Attempt): InboxRow => {
  if (!record) throw new StaleEpochError(attempt.inboxId, attempt.epoch);
  return toInboxRow(record);
};
