import type { InboxRunState } from './messages.ts';

/**
 * What the Temporal UI shows of a running workflow. Setting it costs no event: it is asked for by a
 * query. Ids, counts, times and failure types only.
 */
export function inboxDetails(epoch: number, state: InboxRunState): string {
  const { phase, nextCheckAt, lastSync, lastFailure, backfills } = state;
  return table([
    ['phase', phase],
    ['epoch', String(epoch)],
    ['next wake', nextCheckAt > 0 ? `${time(nextCheckAt)}, or at a push` : 'at once'],
    [
      'last sync',
      lastSync && `${time(lastSync.at)}: ${lastSync.seen} seen, ${lastSync.stored} stored`,
    ],
    ['last failure', lastFailure && `${lastFailure.type} at ${time(lastFailure.at)}`],
    ['backfills begun at the last look', backfills.length > 0 ? backfills.join(', ') : undefined],
  ]);
}

export interface BackfillTurn {
  slices: number;
  slicesDone: number;
  seen: number;
  stored: number;
  skipped: number;
  gone: number;
  failed: number;
}

export function backfillDetails(n: number, phase: string, turn: BackfillTurn | null): string {
  return table([
    ['backfill', String(n)],
    ['phase', phase],
    ['slices', turn && `${turn.slicesDone} of ${turn.slices}`],
    ['messages seen', turn && String(turn.seen)],
    ['stored', turn && String(turn.stored)],
    ['left out', turn && String(turn.skipped)],
    ['gone', turn && String(turn.gone)],
    ['failed', turn && String(turn.failed)],
  ]);
}

/** Rows without a value are left out. */
function table(rows: [name: string, value: string | null | undefined][]): string {
  const lines = rows.filter(([, value]) => value).map(([name, value]) => `| ${name} | ${value} |`);
  return ['| | |', '|---|---|', ...lines].join('\n');
}

const time = (ms: number): string => new Date(ms).toISOString();
