import { type HrTime, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { type IResource, Resource } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type ReadableSpan,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node';
import {
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryWorkflowClientInterceptor,
} from '@temporalio/interceptors-opentelemetry';
import type { EndedWorkflow, Tracing } from './tracing.ts';

interface OtlpOptions {
  /** Base address of the collector, such as http://127.0.0.1:4318. */
  endpoint: string;
  headers: Record<string, string>;
  service: string;
  /** Share of traces that are kept, 0 to 1. */
  ratio: number;
}

/** A collector that is away costs its spans, never a drain. */
const TIMEOUT_MS = 5_000;

/** Registers this process's tracer; once a process. */
export function sendTraces({ endpoint, headers, service, ratio }: OtlpOptions): Tracing {
  const resource = new Resource({ 'service.name': service });
  const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, headers, timeoutMillis: TIMEOUT_MS });
  const processor = new BatchSpanProcessor(exporter, { exportTimeoutMillis: TIMEOUT_MS });
  const provider = new NodeTracerProvider({
    resource,
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [processor],
  });
  provider.register();
  return {
    client: { workflow: [new OpenTelemetryWorkflowClientInterceptor()] },
    activity: [(context) => ({ inbound: new OpenTelemetryActivityInboundInterceptor(context) })],
    workflowRan: (span) => processor.onEnd(readable(span, resource)),
    [Symbol.asyncDispose]: () => provider.shutdown(),
  };
}

/** Made here and not by a tracer: its ids were fixed in the workflow, where its children got them. */
function readable(run: EndedWorkflow, resource: IResource): ReadableSpan {
  const { traceId, spanId, parentSpanId, startedAt, endedAt } = run;
  return {
    name: `RunWorkflow:${run.type}`,
    kind: SpanKind.INTERNAL,
    spanContext: () => ({ traceId, spanId, traceFlags: TraceFlags.SAMPLED }),
    parentSpanId,
    startTime: hrTime(startedAt),
    endTime: hrTime(endedAt),
    duration: hrTime(endedAt - startedAt),
    status: { code: run.failed ? SpanStatusCode.ERROR : SpanStatusCode.OK },
    // As the library calls them on its own spans.
    attributes: { temporalWorkflowId: run.workflowId, run_id: run.runId },
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationLibrary: { name: 'sambandh' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

const hrTime = (ms: number): HrTime => [Math.floor(ms / 1_000), (ms % 1_000) * 1e6];
