import type { BackfillProgress } from '../../db/backfill-seen-store.ts';
import type { OpsBackfill } from '../../db/ops-backfill-store.ts';
import type { OpsInbox } from '../../db/ops-inbox-store.ts';
import { explainBackfill } from '../../domain/explain-backfill.ts';
import { backfillView } from './backfill-view.ts';
import { iso, isoOrNull } from './time.ts';

/** What operators see of an inbox: ids, states, times and counts. */
export function opsInboxView(inbox: OpsInbox) {
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

/** `id` is what ops addresses and the command line take: inbox and number. */
export function opsBackfillView(row: OpsBackfill) {
  const { inboxId, n, orgId, userId, provider, inboxStatus, slices, slicesDone } = row;
  return {
    id: `${inboxId}.${n}`,
    ...{ inboxId, orgId, userId, provider, inboxStatus },
    ...backfillView(row),
    failure: row.failure,
    replays: row.replays,
    replayedBy: row.replayedBy,
    slices,
    slicesDone,
  };
}

/** The same with what has become, as of now, of every message it saw, and what to do. */
export function explainedView(
  row: OpsBackfill,
  progress: BackfillProgress,
  failures: readonly { code: string; count: number }[],
) {
  const { seen, stored, skipped, gone, failed } = progress;
  const missing = seen - stored - skipped - gone - failed;
  const now = { seen, stored, skipped, gone, failed, missing, failures };
  return { ...opsBackfillView(row), now, ...explainBackfill(row, now) };
}
