import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { ContentFreeError } from '../../domain/errors.ts';
import { ProviderUnavailableError } from '../errors.ts';
import { toJson } from '../http.ts';

/** How to tell Google's pushes from anybody else's. */
export interface GmailPushOptions {
  /** JWKS; `endpoints.certs`. */
  certs: string;
  /** `https://accounts.google.com` */
  issuer: string;
  /** As set on the subscription; Pub/Sub's default is the push URL. */
  audience: string;
  /** Email of the service account the subscription pushes as. */
  serviceAccount: string;
  /** `projects/P/subscriptions/S`; any when absent. */
  subscription?: string;
  timeoutMs: number;
}

export interface GmailPushRequest {
  authorizationHeader: string | undefined;
  /** Raw text, or the JSON it holds. */
  body: unknown;
}

/** A hint that something changed. `historyId` may be old or out of order: list from the cursor. */
export interface GmailPush {
  emailAddress: string;
  historyId: string;
  messageId: string;
  /** As Pub/Sub wrote it, RFC 3339; '' when absent. */
  publishTime: string;
}

export type PushRefusal = 'no_token' | 'bad_token' | 'wrong_sender' | 'bad_envelope';

/**
 * Not a push of ours. `bad_envelope` is authentic but malformed: a 400, after which Pub/Sub sends it
 * again until it expires. The others deserve a 401 or 403.
 */
export class PushRefusedError extends ContentFreeError {
  override readonly name = 'PushRefused';
  readonly reason: PushRefusal;
  constructor(reason: PushRefusal) {
    super(`push refused: ${reason}`);
    this.reason = reason;
  }
}

/**
 * @throws PushRefusedError
 * @throws ProviderUnavailableError Google's keys could not be fetched: answer 503
 */
export type GmailPushVerifier = (request: GmailPushRequest) => Promise<GmailPush>;

const Envelope = z.object({
  message: z.object({
    data: z.string(),
    messageId: z.string().optional(),
    message_id: z.string().optional(),
    publishTime: z.string().optional(),
    publish_time: z.string().optional(),
  }),
  subscription: z.string(),
});

/** historyId comes as string and as number. */
const Notification = z.object({
  emailAddress: z.string().min(3),
  historyId: z.union([z.string().regex(/^\d{1,20}$/), z.number().int().nonnegative()]),
});

/** Google's clock and ours. */
const SKEW_S = 30;

/** Verifies pushes; build one per process: it keeps Google's keys and asks for new ones rarely. */
export const createGmailPushVerifier = (options: GmailPushOptions): GmailPushVerifier => {
  const keys = createRemoteJWKSet(new URL(options.certs), { timeoutDuration: options.timeoutMs });
  return async ({ authorizationHeader, body }) => {
    await verifySender(keys, options, authorizationHeader ?? '');
    return readEnvelope(body, options);
  };
};

const verifySender = async (
  keys: JWTVerifyGetKey,
  options: GmailPushOptions,
  authorization: string,
): Promise<void> => {
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization.trim())?.[1];
  if (!token) throw new PushRefusedError('no_token');
  const claims = await readClaims(keys, options, token);
  if (claims.email !== options.serviceAccount || claims.email_verified !== true) {
    throw new PushRefusedError('wrong_sender');
  }
};

const readClaims = async (keys: JWTVerifyGetKey, options: GmailPushOptions, token: string) => {
  const { audience, issuer } = options;
  try {
    const verified = await jwtVerify(token, keys, {
      audience,
      issuer,
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'iat'],
      clockTolerance: SKEW_S,
    });
    return verified.payload;
  } catch (err) {
    if (isRefusal(err)) throw new PushRefusedError('bad_token');
    throw new ProviderUnavailableError("Google's signing keys could not be fetched");
  }
};

/** What is wrong with the token itself; everything else is a failure to get the keys. */
const isRefusal = (err: unknown): boolean =>
  err instanceof errors.JOSEError &&
  !(err instanceof errors.JWKSTimeout) &&
  !(err instanceof errors.JWKSInvalid) &&
  err.code !== 'ERR_JOSE_GENERIC';

const readEnvelope = (body: unknown, options: GmailPushOptions): GmailPush => {
  const envelope = Envelope.safeParse(toJson(body)).data;
  if (!envelope) throw new PushRefusedError('bad_envelope');
  if (options.subscription && envelope.subscription !== options.subscription) {
    throw new PushRefusedError('wrong_sender');
  }
  const { message } = envelope;
  const json = toJson(Buffer.from(message.data, 'base64').toString('utf8'));
  const notification = Notification.safeParse(json).data;
  if (!notification) throw new PushRefusedError('bad_envelope');
  return {
    emailAddress: notification.emailAddress,
    historyId: String(notification.historyId),
    messageId: message.messageId ?? message.message_id ?? '',
    publishTime: message.publishTime ?? message.publish_time ?? '',
  };
};
