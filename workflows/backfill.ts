import {
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import {
  bookkeeping,
  longTurns,
  NEEDS_USER,
  notification,
  summarised,
} from './activity-options.ts';
import { shouldContinueAsNew } from './continue-policy.ts';
import { type BackfillTurn, backfillDetails } from './details.ts';
import { failureType, needsUser } from './failure-type.ts';
import type { BackfillInput } from './messages.ts';
import { backfillAttributes } from './search-attributes.ts';
import { tellUser } from './tell-user.ts';
import { wakeInbox } from './wake-inbox.ts';

export interface BackfillResult {
  outcome: 'completed' | 'completed_with_failures' | 'interrupted';
  seen: number;
  stored: number;
}

/**
 * One run over a window: plan, import in long turns, receipt, mail. Slices, page tokens and verdicts
 * are rows in Postgres, so that a restart repeats at most one bundle, and a run that was interrupted
 * (disconnect, lost grant) is taken up by the next workflow with the same number.
 */
export async function backfillWorkflow(input: BackfillInput): Promise<BackfillResult> {
  try {
    return await runBackfill(input);
  } catch (error) {
    if (isCancellation(error)) return interrupt(input);
    const type = failureType(error);
    if (type === 'StaleEpoch') return interrupt(input);
    if (!needsUser(type)) {
      // What retrying cannot help must not be started again at every look: it is an operator's now.
      if (type !== null) await giveUp(input, type);
      throw error;
    }
    const { inboxId, epoch } = input;
    await summarised(NEEDS_USER, bookkeeping.requireReconnect)({ inboxId, epoch, failure: type });
    await wakeInbox(input.inboxId);
    return interrupt(input);
  }
}

async function giveUp({ inboxId, epoch, n }: BackfillInput, failure: string): Promise<void> {
  upsertSearchAttributes(backfillAttributes('failed'));
  setCurrentDetails(backfillDetails(n, `failed: ${failure}`, null));
  const fail = summarised('Given up: the receipt of what was reached', bookkeeping.failBackfill);
  await fail({ inboxId, epoch, n, failure });
}

function interrupt({ n }: BackfillInput): BackfillResult {
  setCurrentDetails(backfillDetails(n, 'interrupted', null));
  upsertSearchAttributes(backfillAttributes('interrupted'));
  return { outcome: 'interrupted', seen: 0, stored: 0 };
}

/** Long enough not to spin at a provider that answers one call in two. */
const AFTER_EARLY_END = '1 second';

async function runBackfill(input: BackfillInput): Promise<BackfillResult> {
  const { importSlices } = longTurns();
  const { n } = input;
  let turns = input.turns ?? 0;
  let turn: BackfillTurn | null = null;
  let done = false;
  while (!done) {
    turns += 1;
    setCurrentDetails(backfillDetails(n, `importing, turn ${turns}`, turn));
    const ended = await summarised(`Backfill ${n}, turn ${turns}`, importSlices)(refOf(input));
    turn = ended;
    done = ended.done;
    if (ended.endedEarly) await sleep(AFTER_EARLY_END);
    // Hours of a flapping provider are many turns.
    if (!done && shouldContinueAsNew()) {
      await continueAsNew<typeof backfillWorkflow>({ ...input, turns });
    }
  }
  setCurrentDetails(backfillDetails(n, 'writing the receipt', turn));
  const finish = summarised('The receipt', bookkeeping.finishBackfill);
  const { state, receipt, notify } = await finish(refOf(input));
  upsertSearchAttributes(backfillAttributes(state, receipt.failed));
  setCurrentDetails(backfillDetails(n, state, turn));
  const mail = summarised('Mail: the receipt', notification.notifyBackfill);
  if (notify) await tellUser(() => mail(refOf(input)));
  return { outcome: state, seen: receipt.seen, stored: receipt.stored };
}

const refOf = ({ inboxId, epoch, n }: BackfillInput) => ({ inboxId, epoch, n });
