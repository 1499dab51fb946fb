import type { AccessLog } from '../../shared/access-log.ts';
import type { Clock } from '../../shared/clock.ts';
import { deliverUntilTaken } from '../../shared/deliver.ts';
import type { NotificationBehaviour, NotificationDelivery } from './subscription.ts';

interface DeliverInput {
  delivery: NotificationDelivery;
  body: string;
  behaviour: NotificationBehaviour;
  initialDelayMs: number;
  signal: AbortSignal;
  clock: Clock;
  log: AccessLog;
}

/** Posts until a 2xx came in time, until given up, or until the emulator closes. Never rejects. */
export const deliver = (input: DeliverInput): Promise<void> =>
  deliverUntilTaken(
    input.delivery,
    input,
    () => post(input),
    (status) => status >= 200 && status < 300,
  );

const post = async ({ delivery, body, behaviour, signal, clock, log }: DeliverInput) => {
  const arrivedMs = clock.now();
  let status = 0;
  try {
    const response = await fetch(delivery.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(behaviour.answerMs)]),
    });
    status = response.status;
    await response.body?.cancel();
  } catch {
    // No answer in time is a refusal like any other; the loop decides.
  }
  log.record({
    arrivedMs,
    atMs: clock.now(),
    monoMs: clock.mono(),
    mailbox: delivery.address,
    method: delivery.kind === 'change' ? 'graph.notify' : 'graph.notify.lifecycle',
    httpMethod: 'POST',
    path: delivery.url,
    format: null,
    q: null,
    status,
    units: 0,
    throttled: status === 429,
    batchId: null,
    messageId: delivery.id,
    bytes: Buffer.byteLength(body),
    fault: null,
  });
  return status;
};
