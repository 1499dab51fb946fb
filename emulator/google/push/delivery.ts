import type { AccessLog } from '../../shared/access-log.ts';
import type { Clock } from '../../shared/clock.ts';
import { deliverUntilTaken } from '../../shared/deliver.ts';
import { signJwt } from '../../shared/keys.ts';
import { subjectOf } from '../oauth/store.ts';
import type { PushBehaviour, PushSubscription } from './pubsub.ts';

/** One published message on its way to one endpoint. */
export interface PushDelivery {
  messageId: string;
  subscription: string;
  endpoint: string;
  address: string;
  historyId: number;
  attempts: number;
  status: 'pending' | 'acknowledged' | 'abandoned';
  /** Status of the last answer; 0 when there was none. */
  lastStatus: number | null;
  /** Epoch ms on the emulator's clock. */
  publishedAtMs: number;
}

interface DeliverInput {
  subscription: PushSubscription;
  delivery: PushDelivery;
  data: { emailAddress: string; historyId: string | number };
  behaviour: PushBehaviour;
  initialDelayMs: number;
  signal: AbortSignal;
  clock: Clock;
  log: AccessLog;
}

/** Answers that acknowledge; anything else is delivered again. */
const ACKS: readonly number[] = [102, 200, 201, 202, 204];
const ANSWER_WITHIN_MS = 10_000;

/** Pushes until acknowledged, given up, or the emulator closes. Never rejects. */
export const deliver = (input: DeliverInput): Promise<void> =>
  deliverUntilTaken(
    input.delivery,
    input,
    () => push(input),
    (status) => ACKS.includes(status),
  );

const push = async (input: DeliverInput): Promise<number> => {
  const { subscription, signal } = input;
  const body = JSON.stringify(envelope(input));
  const arrivedMs = input.clock.now();
  let status = 0;
  try {
    const response = await fetch(subscription.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${bearer(subscription)}`,
        'user-agent': 'CloudPubSub-Google',
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
    });
    status = response.status;
    await response.body?.cancel();
  } catch {
    // No answer is a refusal like any other; the loop decides.
  }
  record(input, { arrivedMs, status, bytes: Buffer.byteLength(body) });
  return status;
};

/** The wrapped form, with both spellings of id and time as Pub/Sub sends them. */
const envelope = ({ delivery, data, subscription }: DeliverInput) => {
  const publishTime = new Date(delivery.publishedAtMs).toISOString();
  return {
    message: {
      data: Buffer.from(JSON.stringify(data)).toString('base64'),
      messageId: delivery.messageId,
      message_id: delivery.messageId,
      publishTime,
      publish_time: publishTime,
      attributes: {},
    },
    subscription: subscription.name,
  };
};

/** Dated by the real clock, like every token that another process verifies. */
const bearer = (subscription: PushSubscription): string => {
  const email = subscription.serviceAccountEmail ?? 'push@emulator.iam.gserviceaccount.com';
  const iat = Math.floor(Date.now() / 1000);
  return signJwt({
    iss: 'https://accounts.google.com',
    aud: subscription.audience ?? subscription.endpoint,
    azp: subjectOf(email),
    sub: subjectOf(email),
    email,
    email_verified: true,
    iat,
    exp: iat + 3600,
  });
};

const record = (
  { delivery, clock, log }: DeliverInput,
  { arrivedMs, status, bytes }: { arrivedMs: number; status: number; bytes: number },
): void => {
  log.record({
    arrivedMs,
    atMs: clock.now(),
    monoMs: clock.mono(),
    mailbox: delivery.address,
    method: 'pubsub.push',
    httpMethod: 'POST',
    path: delivery.endpoint,
    format: null,
    q: null,
    status,
    units: 0,
    throttled: status === 429,
    batchId: null,
    messageId: delivery.messageId,
    bytes,
    fault: null,
  });
};
