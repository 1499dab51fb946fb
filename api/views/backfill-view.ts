import { z } from 'zod';
import { progressOf } from '../../db/backfill-seen-store.ts';
import { readSliceWeights } from '../../db/backfill-slice-store.ts';
import type { BackfillRow } from '../../db/backfill-store.ts';
import type { Tx } from '../../db/database.ts';
import { BACKFILL_KINDS, BACKFILL_STATES } from '../../db/entities/enums.ts';
import type { InboxRow } from '../../db/inbox-row.ts';
import { describeEstimate, type Estimate, estimateAtPace } from '../../domain/eta.ts';
import { describeGivenUp, describeReceipt } from '../../domain/receipt.ts';
import type { ApiContext } from '../context.ts';
import { iso, isoOrNull, timeSchema } from './time.ts';

const count = z.int().nonnegative();
const skipReason = z.enum([
  'not_contact',
  'outside_scope',
  'before_window',
  'draft',
  'spam',
  'trash',
  'chat',
]);

export const receiptSchema = z
  .object({
    seen: count.describe('stored + skipped + gone + failed + missing.'),
    stored: count,
    skipped: z.partialRecord(skipReason, count),
    gone: count.describe('Deleted in the mailbox before they could be read.'),
    failed: count,
    missing: count.describe('0 in every finished backfill.'),
    added: count
      .optional()
      .describe(
        'Of stored, what was not stored before it was asked for. Older receipts do not have it.',
      ),
    words: z.object({
      headline: z.string(),
      lines: z.array(z.string()),
      nextStep: z.string().nullable(),
    }),
  })
  .meta({ id: 'Receipt', description: 'What became of every message that a backfill saw.' });

export const backfillSchema = z
  .object({
    n: z.int().positive().describe('Its number within the inbox.'),
    kind: z.enum(BACKFILL_KINDS),
    state: z.enum(BACKFILL_STATES),
    windowFrom: timeSchema,
    windowTo: timeSchema,
    requestedAt: timeSchema,
    dueAt: timeSchema,
    finishedAt: timeSchema.nullable(),
    receipt: receiptSchema.nullable(),
  })
  .meta({ id: 'Backfill' });

export const runningBackfillSchema = backfillSchema
  .extend({
    progress: z.object({
      slices: count,
      slicesDone: count,
      seen: count,
      stored: count,
      skipped: count,
      failed: count,
      gone: count,
    }),
    eta: z
      .object({
        seconds: count,
        lowSeconds: count,
        highSeconds: count,
        exact: z.boolean().describe('Everything is listed: only reading is left.'),
        words: z.string(),
      })
      .nullable(),
  })
  .meta({ id: 'RunningBackfill', description: 'With how far it is and how long it may take.' });

/** A backfill as stored, with its receipt in words once it has one. */
export function backfillView(row: BackfillRow, now: number): z.output<typeof backfillSchema> {
  const run = { kind: row.kind, at: row.finishedAt ?? row.requestedAt, now };
  return {
    n: row.n,
    kind: row.kind,
    state: row.state,
    windowFrom: iso(row.windowFrom),
    windowTo: iso(row.windowTo),
    requestedAt: iso(row.requestedAt),
    dueAt: iso(row.dueAt),
    finishedAt: isoOrNull(row.finishedAt),
    receipt: row.receipt && {
      ...row.receipt,
      words: (row.state === 'failed' ? describeGivenUp : describeReceipt)(row.receipt, run),
    },
  };
}

/** The same with how far it is and how long it may take. */
export async function runningBackfillView(
  { settings, now }: Pick<ApiContext, 'settings' | 'now'>,
  tx: Tx,
  { id: inboxId, provider }: Pick<InboxRow, 'id' | 'provider'>,
  row: BackfillRow,
): Promise<z.output<typeof runningBackfillSchema>> {
  const progress = await progressOf(tx, inboxId, row.n);
  const weights = await readSliceWeights(tx, inboxId, row.n);
  const { seen, stored, skipped, gone, failed } = progress;
  const decided = stored + skipped + gone + failed;
  const estimate =
    row.plannedAt === null
      ? null
      : estimateAtPace(
          {
            listCalls: weights.openSlices,
            messagesToFetch: Math.max(0, seen - decided),
            messagesFound: seen,
            listedWeight: weights.listedWeight,
            unlistedWeight: weights.unlistedWeight,
          },
          settings.pace[provider],
          { headersFirst: weights.headersFirst, now: now() },
        );
  return { ...backfillView(row, now()), progress, eta: estimate && etaView(estimate) };
}

function etaView(estimate: Estimate) {
  const seconds = (ms: number): number => Math.ceil(ms / 1_000);
  return {
    seconds: seconds(estimate.ms),
    lowSeconds: seconds(estimate.lowMs),
    highSeconds: seconds(estimate.highMs),
    exact: estimate.exact,
    words: describeEstimate(estimate),
  };
}
