import { ormConfig } from './db/orm.ts';

/** For the `mikro-orm` command line only; the application never reads this file. */
const { DATABASE_URL_OWNER } = process.env;
if (!DATABASE_URL_OWNER) {
  throw new Error('Set DATABASE_URL_OWNER to the URL of the role that owns the schema.');
}

export default ormConfig({ url: DATABASE_URL_OWNER, applicationName: 'sambandh cli' });
