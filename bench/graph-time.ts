import type { Outcome } from './figures.ts';
import { AT_ONCE, type GraphRun, LATENCY_MS } from './graph-run.ts';

/** How near a backfill comes to the speed that latency allows, four requests at a time. */
export function graphTime(run: GraphRun): Outcome {
  const boundSeconds = (Math.ceil(run.requests / AT_ONCE) * LATENCY_MS) / 1_000;
  return {
    figures: [
      {
        bench: 'graph-time',
        figure: 'time_over_latency_bound',
        value: run.seconds / boundSeconds,
        unit: 'ratio',
        bound: 1.25,
        better: 'lower',
      },
    ],
    parameters: run.parameters,
    samples: {
      seconds: run.seconds,
      boundSeconds,
      requests: run.requests,
      messagesPerSecond: run.messages / run.seconds,
    },
  };
}
