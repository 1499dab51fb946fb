import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { StaleEpochError } from '../domain/errors.ts';
import { withoutValues } from './database-error.ts';
import { InboxNotFoundError } from './errors.ts';
import { type InboxRecord, type InboxRow, toInboxRow } from './inbox-row.ts';
import { initOrm, type OrmOptions } from './orm.ts';
import { OPS_ROLE } from './roles.ts';
import { type ExclusiveInboxTx, type InboxTx, type Tx, txOf } from './tx.ts';

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

  private constructor(orm: MikroORM) {
    this.#orm = orm;
  }

  static async open(options: OrmOptions): Promise<Database> {
    return new Database(await initOrm(options));
  }

  /** The user's own inboxes and mail, and the contacts of the org. */
  asUser<T>({ orgId, userId, roles = [] }: User, work: (tx: Tx) => Promise<T>): Promise<T> {
    const known = KNOWN_ROLES.filter((role) => roles.includes(role)).join(',');
    return this.#transaction(async (tx) => {
      await tx.sql(
        `select set_config('app.org_id', $1, true), set_config('app.user_id', $2, true),
           set_config('app.roles', $3, true)`,
        [orgId, userId, known],
      );
      return work(tx);
    });
  }

  /** The org's contacts, nobody's mail. */
  asOrg<T>(orgId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#transaction(async (tx) => {
      await tx.sql("select set_config('app.org_id', $1, true)", [orgId]);
      return work(tx);
    });
  }

  /** An operator: ids, states and counts of every inbox. The role has no right to anything else. */
  asOps<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#transaction(async (tx) => {
      await tx.sql(`set local role ${OPS_ROLE}`);
      return work(tx);
    });
  }

  /** Nothing but the functions that serve across users. */
  asNobody<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#transaction(work);
  }

  /**
   * The worker in any state of the inbox: for deletion and cleanup, which check the epoch themselves.
   * @throws InboxNotFoundError
   */
  asInbox<T>(inboxId: string, work: (tx: InboxTx, inbox: InboxRow) => Promise<T>): Promise<T> {
    return this.#transaction(async (tx) => {
      const inbox = await entered(tx, 'select * from bind_inbox($1)', [inboxId]);
      if (!inbox) throw new InboxNotFoundError(inboxId);
      return work({ ...tx, inbox }, inbox);
    });
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
    return this.#transaction(async (tx) => {
      const inbox = await enter(tx, 'enter_inbox', attempt);
      return work({ ...tx, inbox }, inbox);
    });
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
    return this.#transaction(async (tx) => {
      const inbox = await enter(tx, 'enter_inbox_exclusive', attempt);
      return work({ ...tx, inbox, exclusive: true }, inbox);
    });
  }

  /** A single statement as nobody, without the two round trips of a transaction. */
  async statement<Row extends object>(text: string, params: readonly unknown[]): Promise<Row[]> {
    try {
      return await txOf(this.#fork()).sql<Row>(text, params);
    } catch (error) {
      throw withoutValues(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#orm.close();
  }

  /** Never the caller's surrounding transaction: each of ours stands alone, and we begin it. */
  #fork(): EntityManager {
    return this.#orm.em.fork({ disableContextResolution: true, disableTransactions: true });
  }

  /**
   * Not `em.transactional`: when the connection is lost its rollback fails, and the connection then
   * stays out of the pool for good. Here it goes back whatever happens, and the pool drops it if dead.
   */
  async #transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await this.#orm.em
        .getKysely<unknown>()
        .connection()
        .execute(async (connection) => {
          const em = this.#fork();
          em.setTransactionContext(connection);
          const tx = txOf(em);
          await tx.sql('begin');
          try {
            const result = await work(tx);
            await em.flush();
            await tx.sql('commit');
            return result;
          } catch (error) {
            // Fails with the connection, and must not hide why the work failed.
            await tx.sql('rollback').catch(() => {});
            throw error;
          }
        });
    } catch (error) {
      throw withoutValues(error);
    }
  }
}

const enter = async (
  tx: Tx,
  fence: 'enter_inbox' | 'enter_inbox_exclusive',
  { inboxId, epoch }: Attempt,
): Promise<InboxRow> => {
  const inbox = await entered(tx, `select * from ${fence}($1, $2)`, [inboxId, epoch]);
  if (!inbox) throw new StaleEpochError(inboxId, epoch);
  return inbox;
};

const entered = async (tx: Tx, text: string, params: unknown[]): Promise<InboxRow | undefined> => {
  const [record] = await tx.sql<InboxRecord>(text, params);
  return record && toInboxRow(record);
};
