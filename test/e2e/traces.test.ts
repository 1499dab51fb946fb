import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, startTestProduct, type TestProduct, until } from '../support/product.ts';
import { findIn } from '../support/scan.ts';
import {
  type ReceivedSpan,
  startTraceCollector,
  type TraceCollector,
} from '../support/trace-collector.ts';

let collector: TraceCollector;
let test: TestProduct;
let ann: Person;
beforeAll(async () => {
  collector = await startTraceCollector();
  test = await startTestProduct({
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-team=sambandh%20ops',
      // The SDK's own setting: tests do not wait for a batch to fill.
      OTEL_BSP_SCHEDULE_DELAY: '100',
      POLL_INTERVAL_MS: '600000',
      POLL_INTERVAL_WITH_PUSH_MS: '600000',
    },
  });
  ann = await test.person('ann');
  // The watch's own push would be the cause of whatever the inbox does from its arrival on.
  await ann.mailbox.troublePushes({ drop: 1 });
  await ann.putContacts({ bob: ['bob.lee@contact.example'] });
});
afterAll(async () => {
  await test?.[Symbol.asyncDispose]();
  await collector?.[Symbol.asyncDispose]();
});

/** `service name`, from the span up to the root of its trace. */
const pathOf = (span: ReceivedSpan): string[] => {
  const parent = collector.spans.find(
    ({ spanId, traceId }) => spanId === span.parentSpanId && traceId === span.traceId,
  );
  return [`${span.service} ${span.name}`, ...(parent ? pathOf(parent) : [])];
};

/** Waits for a trace that leads from one end to the other. */
const untilTrace = (path: string[]): Promise<boolean> =>
  until(
    `a trace ${path.join(' < ')}`,
    async () => collector.spans.some((span) => pathOf(span).join() === path.join()),
    { seen: () => collector.spans.map(pathOf) },
  );

describe('traces', () => {
  it('lead from the request that connects to the activities it causes', async () => {
    await ann.connectAndBackfill();
    await untilTrace([
      'sambandh-worker RunActivity:openInbox',
      'sambandh-api SignalWithStartWorkflow:inboxWorkflow',
      'sambandh-api GET /oauth/google/callback',
    ]);
    await untilTrace([
      'sambandh-worker RunActivity:importSlices',
      'sambandh-worker RunWorkflow:backfillWorkflow',
      'sambandh-api SignalWithStartWorkflow:inboxWorkflow',
      'sambandh-api GET /oauth/google/callback',
    ]);
    expect(collector.headers['x-team']).toBe('sambandh ops');
  });

  it('lead from a push to the sync it causes, and hold no content and no address (I6)', async () => {
    await ann.mailbox.troublePushes({ drop: 0 });
    await ann.add({
      from: 'bob.lee@contact.example',
      subject: 'canary subject',
      text: 'canary text',
    });
    await ann.untilOnTimeline('bob', 'canary subject');
    await untilTrace([
      'sambandh-worker RunActivity:syncChanges',
      'sambandh-api SignalWorkflow:wake',
      'sambandh-api POST /webhooks/gmail',
    ]);
    const secrets = ['canary subject', 'canary text', 'bob.lee@contact.example', ann.address];
    expect(findIn(Buffer.from(collector.text), secrets)).toEqual([]);
    const names = new Set(collector.spans.flatMap(({ attributes }) => Object.keys(attributes)));
    expect([...names].sort()).toEqual([
      'http.request.method',
      'http.response.status_code',
      'http.route',
      'run_id',
      'temporalActivityId',
      'temporalWorkflowId',
    ]);
  });
});
