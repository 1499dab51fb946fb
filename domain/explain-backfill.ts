import type { BackfillState, InboxStatus } from './inbox.ts';

export interface ExplainedBackfill {
  /** Everything it saw has its verdict, none of them "failed", and it was searched to the end. */
  whole: boolean;
  /** How it stands, in a sentence. */
  why: string;
  /** What to do, in a sentence. */
  action: string;
}

/** For an operator. `now` counts by today's verdicts, which a replay may have changed since. */
export function explainBackfill(
  row: {
    state: BackfillState;
    inboxStatus: InboxStatus;
    failure: string | null;
    replayedBy: number | null;
    slices: number;
    slicesDone: number;
  },
  now: { failed: number; missing: number },
): ExplainedBackfill {
  const left = row.slices - row.slicesDone;
  const whole = hasEnded(row.state) && left === 0 && now.failed === 0 && now.missing === 0;
  return { whole, why: whyOf(row, now, left), action: actionOf(row, whole) };
}

const hasEnded = (state: BackfillState): boolean =>
  state === 'completed' || state === 'completed_with_failures' || state === 'failed';

function whyOf(
  { state, failure, slices }: { state: BackfillState; failure: string | null; slices: number },
  { failed, missing }: { failed: number; missing: number },
  left: number,
): string {
  switch (state) {
    case 'requested':
      return 'It waits to be started by its inbox’s workflow.';
    case 'running':
      return `It runs: ${slices - left} of ${counted(slices, 'slice')} done.`;
    case 'cancelled':
      return 'It was cancelled, and goes on when the inbox is connected again.';
    case 'failed':
      return `It was given up with ${left} of ${counted(slices, 'slice')} left, as ${failure ?? 'something unforeseen'} would not pass by itself.`;
    default:
      return failed + missing === 0
        ? 'It went through everything, and nothing of it is open now.'
        : `It went through everything; ${openWords(failed, missing)}.`;
  }
}

/** Of the two, those that there are. */
function openWords(failed: number, missing: number): string {
  const words = [];
  if (failed > 0) words.push(`${counted(failed, 'message')} could not be stored`);
  if (missing > 0)
    words.push(`${counted(missing, 'message')} ${missing === 1 ? 'has' : 'have'} no verdict`);
  return words.join(' and ');
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

function actionOf(
  row: { state: BackfillState; inboxStatus: InboxStatus; replayedBy: number | null },
  whole: boolean,
): string {
  if (!hasEnded(row.state)) {
    return row.inboxStatus === 'connected'
      ? 'Nothing: it goes on by itself. Its workflow shows what it waits for.'
      : `Nothing: its inbox is ${row.inboxStatus}, and it goes on once that is connected.`;
  }
  if (whole) return 'Nothing: it is whole.';
  if (row.replayedBy !== null) return `Look at run ${row.replayedBy}, which replays it.`;
  return row.inboxStatus === 'connected'
    ? 'Mend what the failure names, then replay it.'
    : `Its inbox is ${row.inboxStatus}: it can be replayed once that is connected.`;
}
