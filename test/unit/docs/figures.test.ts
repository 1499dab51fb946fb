import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { reservesOf } from '../../../domain/quota.ts';
import { GMAIL_QUOTAS } from '../../../providers/gmail/quota.ts';
import { GRAPH_DEFAULTS } from '../../../providers/graph/options.ts';
import { GRAPH_QUOTA } from '../../../providers/graph/quota.ts';
import { BATCH_PARTS } from '../../../providers/graph/request.ts';

const page = readFileSync(new URL('../../../docs/email-sync.md', import.meta.url), 'utf8');

/** By the quota alone; the first minute's units are there at once. */
function minutesOf(list: keyof typeof GMAIL_QUOTAS, emails: number, getsEach: number): number {
  const { units, unitsPerUserPerMinute } = GMAIL_QUOTAS[list];
  const perMinute = unitsPerUserPerMinute - reservesOf(unitsPerUserPerMinute).backfill;
  return (emails * getsEach * units['messages.get']) / perMinute - 1;
}

/** `2 hours 20 minutes` in minutes; `under a minute` is none. */
function told(words: string): number {
  const of = (unit: string): number => Number(new RegExp(`(\\d+) ${unit}`).exec(words)?.[1] ?? 0);
  return of('hour') * 60 + of('minute');
}

it('the table of times is what the price list makes of it', () => {
  const rows = [...page.matchAll(/^\| ([\d,]+) \| (.+?) \| (.+?) \|$/gm)];
  expect(rows).toHaveLength(4);
  for (const [, emails = '', whole = '', headers = ''] of rows) {
    const n = Number(emails.replace(',', ''));
    expect(Math.abs(told(whole) - Math.max(0, minutesOf('new', n, 1)))).toBeLessThanOrEqual(1);
    expect(Math.abs(told(headers) - Math.max(0, minutesOf('new', n, 2)))).toBeLessThanOrEqual(1);
  }
});

it('an older project pays less', () => {
  const { units, unitsPerUserPerMinute } = GMAIL_QUOTAS.legacy;
  expect([units['messages.get'], unitsPerUserPerMinute]).toEqual([5, 15_000]);
  expect(Math.round(minutesOf('legacy', 20_000, 1))).toBe(6);
});

it('5,000 emails of an Outlook mailbox fit into its limits', () => {
  expect([GRAPH_QUOTA.atOnce, GRAPH_QUOTA.requestsPerWindow]).toEqual([4, 10_000]);
  // A search brings pages of whole messages; headers first, each text costs a part of a batch.
  expect(5_000 / GRAPH_DEFAULTS.searchPageSize).toBeLessThan(GRAPH_QUOTA.requestsPerWindow / 2);
  expect(5_000 + 5_000 / BATCH_PARTS).toBeLessThan(GRAPH_QUOTA.requestsPerWindow);
});
