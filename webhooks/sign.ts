import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';

/** 256 random bits, written as Standard Webhooks writes them. */
export const createSecret = (): string => PREFIX + randomBytes(32).toString('base64');

export interface SignedMessage {
  /** Stable over all attempts: receivers tell repeated deliveries by it. */
  id: string;
  /** Of this attempt, epoch ms. */
  at: number;
  body: string;
}

/**
 * The headers of one attempt: one signature by each secret in force, so that a receiver that knows
 * either the old or the new one can check it while they overlap.
 * @see https://www.standardwebhooks.com: HMAC-SHA256 over `id.timestamp.body`
 */
export function signatureHeaders(
  { id, at, body }: SignedMessage,
  secrets: readonly string[],
): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    const signed = `${id}.${timestamp}.${body}`;
    return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}
