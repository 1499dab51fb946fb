import { z } from 'zod';
import { INBOX_PROBLEMS, INBOX_STATUSES, PROVIDERS } from '../../db/entities/enums.ts';
import type { OpsBackfill, SeenCount } from '../../db/ops-backfill-store.ts';
import type { OpsInbox } from '../../db/ops-inbox-store.ts';
import { explainBackfill, type LatestReplay } from '../../domain/explain-backfill.ts';
import { backfillSchema, backfillView } from './backfill-view.ts';
import { reconnectReasonSchema } from './inbox-view.ts';
import { iso, isoOrNull, timeSchema } from './time.ts';

const count = z.int().nonnegative();

export const opsInboxSchema = z
  .object({
    id: z.uuid(),
    orgId: z.string(),
    userId: z.string(),
    provider: z.enum(PROVIDERS),
    status: z.enum(INBOX_STATUSES),
    epoch: z.int(),
    reconnectReason: reconnectReasonSchema.nullable(),
    problem: z.enum(INBOX_PROBLEMS).nullable(),
    createdAt: timeSchema,
    connectedAt: timeSchema,
    disconnectedAt: timeSchema.nullable(),
    syncedAt: timeSchema
      .nullable()
      .describe('Everything the provider accepted before this moment has been seen.'),
    watchExpiresAt: timeSchema.nullable(),
    pushedAt: timeSchema.nullable(),
    openGaps: count,
    failedBackfills: count.describe('Ended without everything, and not gone through again since.'),
  })
  .meta({ id: 'OpsInbox', description: 'What operators see of an inbox: no content.' });

/** What operators see of an inbox: ids, states, times and counts. */
export function opsInboxView(inbox: OpsInbox): z.output<typeof opsInboxSchema> {
  return {
    ...inbox,
    createdAt: iso(inbox.createdAt),
    connectedAt: iso(inbox.connectedAt),
    disconnectedAt: isoOrNull(inbox.disconnectedAt),
    syncedAt: isoOrNull(inbox.syncedAt),
    watchExpiresAt: isoOrNull(inbox.watchExpiresAt),
    pushedAt: isoOrNull(inbox.pushedAt),
  };
}

export const opsBackfillSchema = backfillSchema
  .extend({
    id: z.string().describe('<inbox id>.<n>'),
    inboxId: z.uuid(),
    orgId: z.string(),
    userId: z.string(),
    provider: z.enum(PROVIDERS),
    inboxStatus: z.enum(INBOX_STATUSES),
    failure: z.string().nullable().describe('Why it was given up.'),
    replays: z.int().nullable().describe('The run whose failures it goes through again.'),
    replayedBy: z.int().nullable().describe('The run that goes through its failures again.'),
    slices: count,
    slicesDone: count,
  })
  .meta({ id: 'OpsBackfill' });

/** `id` is what ops addresses and the command line take: inbox and number. */
export function opsBackfillView(row: OpsBackfill, now: number): z.output<typeof opsBackfillSchema> {
  const { inboxId, n, orgId, userId, provider, inboxStatus, slices, slicesDone } = row;
  return {
    id: `${inboxId}.${n}`,
    ...{ inboxId, orgId, userId, provider, inboxStatus },
    ...backfillView(row, now),
    failure: row.failure,
    replays: row.replays,
    replayedBy: row.replayedBy,
    slices,
    slicesDone,
  };
}

export const explainedBackfillSchema = opsBackfillSchema
  .extend({
    now: z
      .object({
        seen: count,
        stored: count,
        skipped: count,
        gone: count,
        failed: count,
        missing: count,
        failures: z.array(z.object({ code: z.string(), count })),
      })
      .describe('All that it and its replays have seen, by today’s verdicts.'),
    whole: z
      .boolean()
      .describe('It or its latest replay has gone through all, and nothing is failed or missing.'),
    latestReplay: z
      .string()
      .nullable()
      .describe('The run that has what this one left open; null as long as none was asked for.'),
    why: z.string(),
    action: z.string(),
  })
  .meta({ id: 'ExplainedBackfill' });

/** The same with what has become, as of now, of every message it saw, and what to do. */
export function explainedView(
  row: OpsBackfill,
  seenSince: SeenCount[],
  replay: LatestReplay | null,
  at: number,
): z.output<typeof explainedBackfillSchema> {
  const of = (kind: SeenCount['kind']): SeenCount[] =>
    seenSince.filter((counted) => counted.kind === kind);
  const sum = (counts: SeenCount[]): number =>
    counts.reduce((total, { count }) => total + count, 0);
  const now = {
    seen: sum(seenSince),
    stored: sum(of('stored')),
    skipped: sum(of('skipped')),
    gone: sum(of('gone')),
    failed: sum(of('failed')),
    missing: sum(of(null)),
    failures: of('failed').map(({ code, count }) => ({ code: code ?? 'unknown', count })),
  };
  return {
    ...opsBackfillView(row, at),
    now,
    latestReplay: replay?.id ?? null,
    ...explainBackfill(row, now, replay),
  };
}
