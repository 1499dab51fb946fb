import { UnderscoreNamingStrategy } from '@mikro-orm/postgresql';

const SUFFIXES: Readonly<Record<string, string>> = {
  primary: 'pkey',
  unique: 'key',
  foreign: 'fkey',
  index: 'idx',
  check: 'check',
};

/** Constraints are named as Postgres itself names them, which the migrations rely on. */
export class PostgresNamingStrategy extends UnderscoreNamingStrategy {
  override indexName(table: string, columns: string[], type: string): string {
    if (type === 'primary') return `${table}_pkey`;
    return [table, ...columns, SUFFIXES[type] ?? type].join('_');
  }
}
