import { expect, test } from 'vitest';
import { readConfig } from '../../../config/config.ts';
import { graphOptions } from '../../../session/graph-kit.ts';

test('P7 Outlook lists again as many days as are configured', () => {
  const config = readConfig({
    ...{ DATABASE_URL_API: 'postgres://a', DATABASE_URL_WORKER: 'postgres://w' },
    ...{ MASTER_KEYS: 'm:1', LOOKUP_KEY: 'l', PAYLOAD_KEYS: 'p:1', INBOX_KEYS_DIR: '/keys' },
    JWT_SECRET: 'a secret of the tests that is long enough',
    BACKFILL_DAYS: '30',
  });
  expect(graphOptions(config).windowDays).toBe(30);
});
