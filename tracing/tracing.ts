import type { ClientOptions } from '@temporalio/client';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Config } from '../config/config.ts';

/** Sends spans to a collector by OTLP over HTTP, until it is disposed, which sends the last ones. */
export interface Tracing extends AsyncDisposable {
  readonly client: NonNullable<ClientOptions['interceptors']>;
  readonly activity: readonly ActivityInterceptorsFactory[];
  /** Of a workflow, whose code has no way out but by the worker. */
  workflowRan(span: EndedWorkflow): void;
}

export interface EndedWorkflow {
  type: string;
  workflowId: string;
  runId: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  /** Epoch ms. */
  startedAt: number;
  endedAt: number;
  failed: boolean;
}

/**
 * Loads what traces need only where a collector is named, so that everybody else does not pay for it.
 * @param service name of the process, as the traces show it
 * @returns null where none is named
 */
export async function startTracing(config: Config, service: string): Promise<Tracing | null> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_TRACES_SAMPLER_ARG: ratio } = config.settings;
  if (!endpoint) return null;
  const { sendTraces } = await import('./otlp.ts');
  const headers = headersOf(config.secrets.OTEL_EXPORTER_OTLP_HEADERS?.reveal());
  return sendTraces({ endpoint, headers, service, ratio });
}

/** `name=value,name=value`, values percent-encoded, as OpenTelemetry has it. */
function headersOf(text = ''): Record<string, string> {
  const pairs = text.split(',').filter((pair) => pair.includes('='));
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())];
    }),
  );
}
