import { DriverException } from '@mikro-orm/postgresql';
import { DatabaseError as PgError } from 'pg';
import { DatabaseError } from './errors.ts';

const CONNECTION_LOST = '08006';

/**
 * Postgres quotes values ("Failing row contains …") and MikroORM the whole statement with its
 * parameters; both would end up in logs and workflow histories (I6). Ours keep codes and names.
 */
export const withoutValues = (error: unknown): unknown => {
  if (error instanceof PgError || error instanceof DriverException) {
    const { code, table, column, constraint } = error as Partial<PgError>;
    const sqlState = /^[0-9A-Z]{5}$/.test(code ?? '') ? code : undefined;
    return new DatabaseError(sqlState ?? CONNECTION_LOST, {
      ...(table && { table }),
      ...(column && { column }),
      ...(constraint && { constraint }),
    });
  }
  return isConnectionLoss(error) ? new DatabaseError(CONNECTION_LOST, {}) : error;
};

/** The driver reports a lost connection by plain errors and socket codes. */
const isConnectionLoss = (error: unknown): boolean =>
  error instanceof Error &&
  (/^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|EAI_)/.test(
    String((error as { code?: string }).code),
  ) ||
    /^Connection terminated|is not queryable$|^timeout exceeded when trying to connect/.test(
      error.message,
    ));
