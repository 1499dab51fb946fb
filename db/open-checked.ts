import type { Secret } from '../config/secret.ts';
import { StartError } from '../config/start-failure.ts';
import { Database } from './database.ts';
import { withoutValues } from './database-error.ts';
import { DatabaseError } from './errors.ts';

interface Checked {
  /** The setting that holds the URL, for the message. */
  setting: string;
  url: Secret;
  poolMax: number;
}

/**
 * Opens the database and asks it once, so that a wrong URL is noticed at the start.
 * @throws StartError it does not answer, or not as it should
 */
export async function openChecked({ setting, url, poolMax }: Checked): Promise<Database> {
  await using opening = new AsyncDisposableStack();
  try {
    const database = opening.use(await Database.open({ url: url.reveal(), poolMax }));
    await database.statement('select from inboxes limit 0', []);
    opening.move();
    return database;
  } catch (error) {
    throw new StartError(`${setting}: ${adviceOn(withoutValues(error))}`, { cause: error });
  }
}

/** By SQL state; never with the URL, which holds a password. */
const ADVICE: readonly [RegExp, string][] = [
  [/^28/, 'Postgres refuses this role or its password. Correct the URL, or run npm run migrate.'],
  [/^3D000/, 'Postgres has no database of this name. Correct the URL.'],
  [/^42P01/, 'the database has no tables of ours. Correct the URL, or run npm run migrate.'],
  [/^42501/, 'this role may not read our tables. Give the role that npm run migrate has made.'],
  [/^08/, 'Postgres does not answer there. Start it, or correct host and port in the URL.'],
];

function adviceOn(error: unknown): string {
  if (!(error instanceof DatabaseError)) {
    return 'the database cannot be opened. It must read postgres://role:password@host:port/database.';
  }
  const known = ADVICE.find(([state]) => state.test(error.sqlState));
  return known ? known[1] : `${error.message} Correct the URL, or see the log of Postgres.`;
}
