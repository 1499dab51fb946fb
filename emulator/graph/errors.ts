import { randomUUID } from 'node:crypto';
import type { FaultPreset } from '../shared/faults.ts';
import { json, type Reply } from '../shared/http.ts';

/** A refusal in Graph's own words. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly status: number;
  readonly code: string;
  readonly headers: Record<string, string>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  get throttled(): boolean {
    return this.status === 429;
  }
}

export const errorReply = (error: GraphError, now: number): Reply => {
  const id = randomUUID();
  const reply = json(error.status, {
    error: {
      code: error.code,
      message: error.message,
      innerError: {
        date: new Date(now).toISOString().slice(0, 19),
        'request-id': id,
        'client-request-id': id,
      },
    },
  });
  reply.headers = { ...reply.headers, 'request-id': id, ...error.headers };
  return reply;
};

export const badRequest = (message: string): GraphError =>
  new GraphError(400, 'BadRequest', message);

export const invalidRequest = (message: string): GraphError =>
  new GraphError(400, 'InvalidRequest', message);

export const itemNotFound = (): GraphError =>
  new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.');

export const malformedId = (): GraphError =>
  new GraphError(400, 'ErrorInvalidIdMalformed', 'Id is malformed.');

export const accessDenied = (): GraphError =>
  new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.');

export const mailboxNotEnabled = (): GraphError =>
  new GraphError(
    404,
    'MailboxNotEnabledForRESTAPI',
    'The mailbox is either inactive, soft-deleted, or is hosted on-premise.',
  );

export const unauthenticated = (message: string): GraphError =>
  new GraphError(401, 'InvalidAuthenticationToken', message, {
    'www-authenticate':
      'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000"',
  });

/** What a client must send to the token endpoint to get past the challenge. */
export const CAE_CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}';

export const claimsChallenge = (): GraphError =>
  new GraphError(
    401,
    'InvalidAuthenticationToken',
    'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: TokenIssuedBeforeRevocationTimestamp',
    {
      'www-authenticate': `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", client_id="00000003-0000-0000-c000-000000000000", error="insufficient_claims", claims="${Buffer.from(CAE_CLAIMS).toString('base64')}"`,
    },
  );

export const mailboxConcurrency = (retryAfterS: number): GraphError =>
  new GraphError(429, 'ApplicationThrottled', 'Application is over its MailboxConcurrency limit.', {
    'retry-after': String(retryAfterS),
  });

export const tooManyRequests = (retryAfterS: number): GraphError =>
  new GraphError(429, 'TooManyRequests', 'Too many requests.', {
    'retry-after': String(retryAfterS),
  });

export const inefficientFilter = (): GraphError =>
  new GraphError(
    400,
    'InefficientFilter',
    'The restriction or sort order is too complex for this operation.',
  );

export const invalidFilter = (): GraphError =>
  new GraphError(
    400,
    'ErrorInvalidUrlQueryFilter',
    'The query filter contains one or more invalid nodes.',
  );

export const unsupportedInDelta = (names: readonly string[]): GraphError =>
  new GraphError(
    400,
    'ErrorInvalidUrlQuery',
    `The following parameters are not supported with change tracking over the 'Messages' resource: '${names.join(', ')}'.`,
  );

export const gone = (location: string): GraphError =>
  new GraphError(
    410,
    'SyncStateNotFound',
    'The sync state generation is not found; generation=149;[highest=157][157][155][156].',
    { location },
  );

export const syncStateNotFound = (code: 'syncStateNotFound' | 'resyncRequired'): GraphError =>
  new GraphError(
    400,
    code,
    'The sync state generation is not found; generation=149;[highest=157][157][155][156].',
  );

const busy = (status: number, code: string, message: string, retryAfterS?: number): GraphError =>
  new GraphError(
    status,
    code,
    message,
    retryAfterS === undefined ? {} : { 'retry-after': String(retryAfterS) },
  );

/** The same names as on Gmail, so that a test can strike either provider. */
const PRESETS: Readonly<Record<FaultPreset, () => GraphError>> = {
  rateLimit403: () => tooManyRequests(5),
  userRateLimit403: () => tooManyRequests(5),
  dailyLimit403: () => tooManyRequests(600),
  exhausted429: () => tooManyRequests(1),
  concurrent429: () => mailboxConcurrency(1),
  retryAfter429: () => tooManyRequests(30),
  backend500: () => busy(500, 'InternalServerError', 'An internal server error occurred.'),
  badGateway502: () => busy(502, 'BadGateway', 'Bad Gateway'),
  unavailable503: () => busy(503, 'ServiceUnavailable', 'Service unavailable.', 1),
  gatewayTimeout504: () => busy(504, 'UnknownError', 'Gateway Timeout'),
  notFound404: itemNotFound,
  preconditionFailed400: () => badRequest('The request could not be processed.'),
  mailNotEnabled400: mailboxNotEnabled,
  unauthorized401: () => unauthenticated('Lifetime validation failed, the token is expired.'),
  claimsChallenge401: claimsChallenge,
  gone410: () => gone(''),
  syncStateNotFound400: () => syncStateNotFound('syncStateNotFound'),
  invalidGrant400: () => accessDenied(),
};

export const presetError = (preset: FaultPreset): GraphError => PRESETS[preset]();
