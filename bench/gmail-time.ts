import { atMost, type Outcome } from './figures.ts';
import { type GmailRun, UNITS_PER_SECOND, WINDOW_UNITS } from './gmail-run.ts';

/**
 * How near a backfill comes to the speed that quota allows, over all that it spent. A fresh window's
 * units can be spent at once; the stricter ratio, which leaves them out, is among the samples.
 */
export function gmailTime(run: GmailRun): Outcome {
  const quotaSeconds = run.units / UNITS_PER_SECOND;
  const strictSeconds = (run.units - WINDOW_UNITS) / UNITS_PER_SECOND;
  return {
    figures: [atMost('time_over_quota_time', run.seconds / quotaSeconds, 'ratio', 1.1)],
    parameters: run.parameters,
    samples: {
      seconds: run.seconds,
      units: run.units,
      unitsPerSecond: UNITS_PER_SECOND,
      quotaSeconds,
      ratioWithoutFreshWindow: run.seconds / strictSeconds,
      messagesPerSecond: run.messages / run.seconds,
    },
  };
}
