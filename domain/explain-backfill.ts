import type { BackfillState, InboxStatus } from './inbox.ts';

export interface ExplainedBackfill {
  /** It or its latest replay has gone through all, and nothing that was seen is failed or missing. */
  whole: boolean;
  /** How it stands, in a sentence. */
  why: string;
  /** What to do, in a sentence. */
  action: string;
}

/** The last of the runs that replay it, one after the other. */
export interface LatestReplay {
  /** <inbox id>.<n> */
  id: string;
  state: BackfillState;
}

/** What has become, as of now, of all that it and its replays have seen. */
export interface SeenSince {
  failed: number;
  missing: number;
  failures: { code: string; count: number }[];
}

/** For an operator. @param replay null as long as none was asked for */
export function explainBackfill(
  row: {
    state: BackfillState;
    inboxStatus: InboxStatus;
    failure: string | null;
    plannedAt: number | null;
    slices: number;
    slicesDone: number;
  },
  now: SeenSince,
  replay: LatestReplay | null,
): ExplainedBackfill {
  const left = row.slices - row.slicesDone;
  const { state } = replay ?? row;
  const through = state === 'completed' || state === 'completed_with_failures';
  const whole = through && now.failed === 0 && now.missing === 0;
  const action = whole ? 'Nothing: it is whole.' : actionOf(row, now, { replay, through });
  return { whole, why: whyOf(row, now, left), action };
}

const hasEnded = (state: BackfillState): boolean =>
  state === 'completed' || state === 'completed_with_failures' || state === 'failed';

function whyOf(
  {
    state,
    failure,
    plannedAt,
    slices,
  }: { state: BackfillState; failure: string | null; plannedAt: number | null; slices: number },
  { failed, missing }: SeenSince,
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
      return `It was given up ${plannedAt === null ? 'before its plan, with nothing searched' : `with ${left} of ${counted(slices, 'slice')} left`}, as ${failure ?? 'something unforeseen'} would not pass by itself.`;
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
  { state, inboxStatus }: { state: BackfillState; inboxStatus: InboxStatus },
  { failed, missing, failures }: SeenSince,
  { replay, through }: { replay: LatestReplay | null; through: boolean },
): string {
  const connected = inboxStatus === 'connected';
  if (!hasEnded(replay?.state ?? state)) {
    if (!connected) {
      return `Nothing: its inbox is ${inboxStatus}, and it goes on once that is connected.`;
    }
    return replay
      ? `Wait for ${replay.id}, which replays it.`
      : 'Nothing: it goes on by itself. Its workflow shows what it waits for.';
  }
  const tooLarge = failures.find(({ code }) => code === 'too_large')?.count ?? 0;
  if (through && missing === 0 && tooLarge === failed) {
    return 'Nothing helps: messages that are too large fail again. They can be read in the mailbox.';
  }
  if (replay) return `Look at ${replay.id}, its latest replay.`;
  return connected
    ? 'Mend what the failure names, then replay it.'
    : `Its inbox is ${inboxStatus}: it can be replayed once that is connected.`;
}
