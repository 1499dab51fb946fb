import type { Config } from '../../config/config.ts';
import type { Secret } from '../../config/secret.ts';
import { pendingMigrations } from '../../db/migrate.ts';
import { openChecked } from '../../db/open-checked.ts';
import { judgeClock } from './clock.ts';
import { bad, type Finding, hint, ok, reasonOf } from './finding.ts';

/** Both roles get in, the schema is this version's, and its clock is ours. */
export async function checkDatabase(
  { secrets }: Config,
  ownerUrl: string | undefined,
): Promise<Finding[]> {
  const findings = await Promise.all([
    logIn('DATABASE_URL_API', secrets.DATABASE_URL_API),
    logIn('DATABASE_URL_WORKER', secrets.DATABASE_URL_WORKER),
    checkSchema(ownerUrl),
  ]);
  return findings.flat();
}

async function logIn(setting: string, url: Secret): Promise<Finding[]> {
  try {
    await using database = await openChecked({ setting, url, poolMax: 1 });
    const [row] = await database.statement<{ now: number }>(
      'select (extract(epoch from clock_timestamp()) * 1000)::float as now',
      [],
    );
    return [ok(`${setting}: this role gets in`), ...judgeClock('Postgres', row?.now ?? 0)];
  } catch (error) {
    return [bad(reasonOf(error))];
  }
}

async function checkSchema(ownerUrl: string | undefined): Promise<Finding> {
  if (!ownerUrl) return hint('DATABASE_URL is not set: migrations are not compared');
  try {
    const pending = await pendingMigrations(ownerUrl);
    if (pending.length === 0) return ok('the schema is up to date');
    return bad(`migrations have not run: ${pending.join(', ')}. Run npm run migrate.`);
  } catch (error) {
    return bad(`DATABASE_URL: the migrations cannot be read (${reasonOf(error)}). Correct it.`);
  }
}
