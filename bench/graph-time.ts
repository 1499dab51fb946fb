import { atMost, type Outcome } from './figures.ts';
import { AT_ONCE, type GraphRun, LATENCY_MS } from './graph-run.ts';

/** How near a backfill comes to the speed that latency allows, four requests at a time. */
export function graphTime(run: GraphRun): Outcome {
  const boundSeconds = (Math.ceil(run.requests / AT_ONCE) * LATENCY_MS) / 1_000;
  return {
    figures: [atMost('time_over_latency_bound', run.seconds / boundSeconds, 'ratio', 1.25)],
    parameters: run.parameters,
    samples: {
      seconds: run.seconds,
      boundSeconds,
      requests: run.requests,
      messagesPerSecond: run.messages / run.seconds,
    },
  };
}
