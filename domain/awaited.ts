import type { BackfillKind } from './inbox.ts';

/** What a user waits for, and is mailed about when it is done (P7). */
export const AWAITED: readonly BackfillKind[] = ['initial', 'scope'];

/**
 * Whether the user is to be mailed: once for what they asked for, also where it took replays.
 * @param runs the backfill that was asked for first, then its replays
 */
export function isAwaited(
  runs: readonly { kind: BackfillKind; notifiedAt: number | null }[],
): boolean {
  return (
    runs.some(({ kind }) => AWAITED.includes(kind)) &&
    runs.every(({ notifiedAt }) => notifiedAt === null)
  );
}
