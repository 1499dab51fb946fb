import type { ActivityDeps } from '../../activities/deps.ts';

/** Made up, and each its own. */
const keyOf = (step: number): string =>
  Buffer.from(Array.from({ length: 32 }, (_, i) => (i * step + 41) % 256)).toString('base64');

/** The settings without which no process starts. */
export const required = () => ({
  DATABASE_URL_API: 'postgres://sambandh_api:p@localhost/s',
  DATABASE_URL_WORKER: 'postgres://sambandh_worker:p@localhost/s',
  INBOX_KEYS_DIR: '/var/lib/sambandh/keys',
  MASTER_KEYS: `k1:${keyOf(89)}`,
  LOOKUP_KEY: keyOf(97),
  PAYLOAD_KEYS: `p1:${keyOf(101)}`,
  JWT_SECRET: 'a shared secret of thirty-two characters',
});

const unbounded = { list: 1, message: 1, limit: 0, windowMs: 1, unitsPerSecond: 1 };

/** No budget, so no estimate either. */
export const noPace: ActivityDeps['pace'] = { gmail: unbounded, outlook: unbounded };
