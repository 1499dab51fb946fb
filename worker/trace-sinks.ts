import type { InjectedSinks } from '@temporalio/worker';
import type { Tracing } from '../tracing/tracing.ts';
import type { TraceSinks } from '../workflows/tracing.ts';

/** Takes the spans of workflows; where this worker sends none, those of a traced API are let go. */
export const traceSinks = (tracing: Tracing | null): InjectedSinks<TraceSinks> => ({
  traces: {
    ran: {
      callDuringReplay: false,
      fn: ({ workflowType: type, workflowId, runId }, span) =>
        tracing?.workflowRan({ type, workflowId, runId, ...span }),
    },
  },
});
