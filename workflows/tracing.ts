import { defaultPayloadConverter, type Headers, type Payload } from '@temporalio/common';
import {
  ContinueAsNew,
  proxySinks,
  type Sinks,
  type WorkflowInterceptorsFactory,
  workflowInfo,
} from '@temporalio/workflow';

/**
 * Passes traces on, from whoever started or signalled a workflow to its activities and children. It is
 * in every bundle, whether traces are configured or not, and yields nowhere: a history replays the
 * same with traces and without them.
 */

/** By which clients and activities of @temporalio/interceptors-opentelemetry know a trace. */
export const TRACE_HEADER = '_tracer-data';

/** One run, told to the worker when it ends. Times are the workflow's, in ms. */
export interface WorkflowSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  startedAt: number;
  endedAt: number;
  failed: boolean;
}

export interface TraceSinks extends Sinks {
  traces: { ran(span: WorkflowSpan): void };
}

/** An inbox lives for months: what it does longer after a signal is another story, with its own trace. */
const SIGNAL_EXPLAINS_MS = 60_000;

export const interceptors: WorkflowInterceptorsFactory = () => {
  let cause: { header: Payload | undefined; until: number } = { header: undefined, until: 0 };
  const passOn = <Input extends { readonly headers: Headers }>(input: Input): Input => {
    const { header, until } = cause;
    if (!header || Date.now() > until) return input;
    return { ...input, headers: { ...input.headers, [TRACE_HEADER]: header } };
  };
  return {
    inbound: [
      {
        execute: (input, next) => {
          const span = beginSpan(input.headers[TRACE_HEADER]);
          if (!span) return next(input);
          const ended = (failed: boolean): void =>
            proxySinks<TraceSinks>().traces.ran({ ...span, endedAt: Date.now(), failed });
          cause = { header: headerOf(span), until: Number.POSITIVE_INFINITY };
          const run = next(input);
          run.then(
            () => ended(false),
            (error: unknown) => ended(!(error instanceof ContinueAsNew)),
          );
          return run;
        },
        handleSignal: (input, next) => {
          cause = { header: input.headers[TRACE_HEADER], until: Date.now() + SIGNAL_EXPLAINS_MS };
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) => next(passOn(input)),
        startChildWorkflowExecution: (input, next) => next(passOn(input)),
        signalWorkflow: (input, next) => next(passOn(input)),
        continueAsNew: (input, next) => next(passOn(input)),
      },
    ],
  };
};

type BegunSpan = Omit<WorkflowSpan, 'endedAt' | 'failed'>;

/** @returns null for a workflow that nobody traces */
function beginSpan(header: Payload | undefined): BegunSpan | null {
  if (!header) return null;
  const { traceparent } = defaultPayloadConverter.fromPayload<{ traceparent?: string }>(header);
  const [, traceId, parentSpanId] = SAMPLED.exec(traceparent ?? '') ?? [];
  if (!traceId || !parentSpanId) return null;
  // The run's own id, so that every attempt to replay it speaks of the same span.
  const spanId = workflowInfo().runId.replaceAll('-', '').slice(-16);
  return { traceId, spanId, parentSpanId, startedAt: Date.now() };
}

/** W3C Trace Context, of a trace that is kept. */
const SAMPLED = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/;

const headerOf = ({ traceId, spanId }: BegunSpan): Payload =>
  defaultPayloadConverter.toPayload({ traceparent: `00-${traceId}-${spanId}-01` });
