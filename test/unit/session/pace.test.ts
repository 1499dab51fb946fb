import { expect, test } from 'vitest';
import { readConfig } from '../../../config/config.ts';
import { estimateRemaining } from '../../../domain/eta.ts';
import { reservesOf } from '../../../domain/quota.ts';
import { gmailPace } from '../../../session/gmail-kit.ts';
import { outlookPace } from '../../../session/graph-kit.ts';

const ENVIRONMENT = {
  ...{ DATABASE_URL_API: 'postgres://a', DATABASE_URL_WORKER: 'postgres://w' },
  ...{ MASTER_KEYS: 'm:1', LOOKUP_KEY: 'l', PAYLOAD_KEYS: 'p:1', INBOX_KEYS_DIR: '/keys' },
  JWT_SECRET: 'a secret of the tests that is long enough',
};

const FOUND = {
  ...{ listCalls: 0, messagesToFetch: 6_000, messagesFound: 6_000 },
  ...{ listedWeight: 90, unlistedWeight: 0 },
};

test('B10 the same mailbox takes as long as its own provider lets it', () => {
  const config = readConfig(ENVIRONMENT);
  const seconds = [gmailPace(config), outlookPace(config)].map((pace) => {
    const { limit, windowMs, unitsPerSecond } = pace;
    const rule = { limit, windowMs, reserves: reservesOf(limit) };
    const quota = { slots: [], rule, lane: 'backfill' } as const;
    return estimateRemaining(FOUND, pace, quota, 0, unitsPerSecond).ms / 1_000;
  });
  // 120,000 units at somewhat less than 6,000 a minute; 120 pages, four every 350 ms.
  expect(seconds[0]).toBeGreaterThan(1_200);
  expect(seconds[0]).toBeLessThan(1_600);
  expect(seconds[1]).toBeCloseTo(10.5, 1);
});
