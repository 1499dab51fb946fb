import { Migrator } from '@mikro-orm/migrations';
import { defineConfig, MikroORM, type Options } from '@mikro-orm/postgresql';
import { entities } from './entities/index.ts';
import { M20261122Events } from './migrations/m20261122-events.ts';
import { M20261122GraphMail } from './migrations/m20261122-graph-mail.ts';
import { M20261122Initial } from './migrations/m20261122-initial.ts';
import { M20261122Keys } from './migrations/m20261122-keys.ts';
import { M20261122Operations } from './migrations/m20261122-operations.ts';
import { M20261122Outlook } from './migrations/m20261122-outlook.ts';
import { M20261122Privacy } from './migrations/m20261122-privacy.ts';
import { M20261122Rotation } from './migrations/m20261122-rotation.ts';
import { M20261122Sending } from './migrations/m20261122-sending.ts';
import { M20261123CheckWindow } from './migrations/m20261123-check-window.ts';
import { M20261123MasterSeals } from './migrations/m20261123-master-seals.ts';
import { M20261123Recipients } from './migrations/m20261123-recipients.ts';
import { M20261123SentCopies } from './migrations/m20261123-sent-copies.ts';
import { PostgresNamingStrategy } from './naming.ts';

export interface OrmOptions {
  url: string;
  /** Connections of this process; default 10. */
  poolMax?: number;
  /** Shows up in pg_stat_activity. */
  applicationName?: string;
  /**
   * No transaction outlives this, default 30,000 ms: it bounds how long a disconnect may have to wait
   * for a hung worker.
   */
  transactionTimeoutMs?: number;
  /** For a lock on a table or row; default: as long as the transaction may last. */
  lockTimeoutMs?: number;
}

/** Shared by the application, the migrations and the CLI. */
export const ormConfig = (options: OrmOptions): Options =>
  defineConfig({
    clientUrl: options.url,
    entities: [...entities],
    extensions: [Migrator],
    namingStrategy: PostgresNamingStrategy,
    pool: { min: 0, max: options.poolMax ?? 10 },
    driverOptions: {
      application_name: options.applicationName ?? 'sambandh',
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      // Statements started together are sent together: see Tx.
      pipeline: true,
      options: sessionSettings({
        transaction_timeout: options.transactionTimeoutMs ?? 30_000,
        lock_timeout: options.lockTimeoutMs ?? 0,
      }),
    },
    migrations: {
      migrationsList: [
        { name: '2026-11-22-initial', class: M20261122Initial },
        { name: '2026-11-22-operations', class: M20261122Operations },
        { name: '2026-11-22-outlook', class: M20261122Outlook },
        { name: '2026-11-22-keys', class: M20261122Keys },
        { name: '2026-11-22-graph-mail', class: M20261122GraphMail },
        { name: '2026-11-22-events', class: M20261122Events },
        { name: '2026-11-22-privacy', class: M20261122Privacy },
        { name: '2026-11-22-rotation', class: M20261122Rotation },
        { name: '2026-11-22-sending', class: M20261122Sending },
        { name: '2026-11-23-check-window', class: M20261123CheckWindow },
        { name: '2026-11-23-master-seals', class: M20261123MasterSeals },
        { name: '2026-11-23-recipients', class: M20261123Recipients },
        { name: '2026-11-23-sent-copies', class: M20261123SentCopies },
      ],
      path: 'db/migrations',
      snapshot: false,
      silent: true,
    },
    // These live in the migrations: entities cannot say what they say.
    schemaGenerator: { ignorePolicies: true, ignoreRoutines: true, ignoreTriggers: true },
    // Opening must not connect, least of all to create a database of a mistyped name.
    ensureDatabase: false,
    // Query logs would hold values.
    debug: false,
  });

/** time.ts reads timestamps as UTC. */
const sessionSettings = (settings: Record<string, string | number>): string =>
  Object.entries({ timezone: 'UTC', ...settings })
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');

export const initOrm = (options: OrmOptions): Promise<MikroORM> =>
  MikroORM.init(ormConfig(options));
