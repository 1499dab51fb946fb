import { gaxios, OAuth2Client } from 'google-auth-library';
import { z } from 'zod';
import { ProviderUnavailableError } from '../errors.ts';
import { toJson } from './google-error.ts';
import { OneAttemptTransport } from './http.ts';

/** How to tell Google's pushes from anybody else's. */
export interface GmailPushOptions {
  /** PEM certificates; `endpoints.certs`. */
  certs: string;
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
 * Not a push of ours. `bad_envelope` is authentic and would come again for ever: acknowledge it.
 * The others deserve a 401 or 403.
 */
export class PushRefusedError extends Error {
  override readonly name = 'PushRefused';
  readonly reason: PushRefusal;
  constructor(reason: PushRefusal) {
    super(`push refused: ${reason}`);
    this.reason = reason;
  }
}

/**
 * @throws PushRefusedError
 * @throws ProviderUnavailableError Google's certificates could not be had: answer 503
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

/** Verifies pushes; build one per process, it keeps Google's certificates while they are valid. */
export const createGmailPushVerifier = (options: GmailPushOptions): GmailPushVerifier => {
  const google = new OAuth2Client({
    endpoints: { oauth2FederatedSignonPemCertsUrl: options.certs },
    issuers: ['https://accounts.google.com', 'accounts.google.com'],
    transporter: new OneAttemptTransport(options.timeoutMs),
    useAuthRequestParameters: false,
  });
  return async ({ authorizationHeader, body }) => {
    await verifySender(google, options, authorizationHeader ?? '');
    return readEnvelope(body, options);
  };
};

const verifySender = async (
  google: OAuth2Client,
  options: GmailPushOptions,
  authorization: string,
): Promise<void> => {
  const idToken = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(authorization.trim())?.[1];
  if (!idToken) throw new PushRefusedError('no_token');
  const claims = await readClaims(google, options.audience, idToken);
  if (claims?.email !== options.serviceAccount || !claims.email_verified) {
    throw new PushRefusedError('wrong_sender');
  }
};

const readClaims = async (google: OAuth2Client, audience: string, idToken: string) => {
  try {
    return (await google.verifyIdToken({ idToken, audience })).getPayload();
  } catch (err) {
    if (err instanceof gaxios.GaxiosError) {
      throw new ProviderUnavailableError("Google's certificates could not be fetched");
    }
    // The library's message quotes the token.
    throw new PushRefusedError('bad_token');
  }
};

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
