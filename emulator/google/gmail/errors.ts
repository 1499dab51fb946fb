import type { FaultPreset } from '../../shared/faults.ts';

/** The JSON body of every Google API error. */
interface GoogleErrorBody {
  error: {
    code: number;
    message: string;
    errors?: { message: string; domain: string; reason: string; [extra: string]: string }[];
    status?: string;
    details?: Record<string, unknown>[];
  };
}

/** Thrown by handlers; the pipeline turns it into the answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: GoogleErrorBody;
  /** Whether it counts as throttling (429, or 403 with a quota reason). */
  readonly throttled: boolean;

  constructor(status: number, body: GoogleErrorBody, throttled = false) {
    super(body.error.message);
    this.status = status;
    this.body = body;
    this.throttled = throttled;
  }
}

const build = (
  code: number,
  status: string | undefined,
  reason: string,
  message: string,
  domain = 'global',
  extra: Record<string, string> = {},
): GoogleErrorBody => ({
  error: {
    code,
    message,
    errors: [{ message, domain, reason, ...extra }],
    ...(status && { status }),
  },
});

export const notFound = (message = 'Requested entity was not found.'): ApiError =>
  new ApiError(404, build(404, 'NOT_FOUND', 'notFound', message));

export const invalidArgument = (message: string): ApiError =>
  new ApiError(400, build(400, 'INVALID_ARGUMENT', 'invalidArgument', message));

export const failedPrecondition = (message = 'Precondition check failed.'): ApiError =>
  new ApiError(400, build(400, 'FAILED_PRECONDITION', 'failedPrecondition', message));

export const conflict = (message: string): ApiError =>
  new ApiError(409, build(409, 'ABORTED', 'aborted', message));

/** Of Google's front end, hence the bare form. */
export const tooLarge = (): ApiError =>
  new ApiError(413, { error: { code: 413, message: 'Request Entity Too Large' } });

export const unauthenticated = (): ApiError => {
  const location = { locationType: 'header', location: 'Authorization' };
  const body = build(
    401,
    'UNAUTHENTICATED',
    'authError',
    'Invalid Credentials',
    'global',
    location,
  );
  return new ApiError(401, body);
};

/** The bare "forbidden" form: delegation, and the limits of gmail.metadata (no details). */
export const forbidden = (message: string): ApiError =>
  new ApiError(403, build(403, 'PERMISSION_DENIED', 'forbidden', message));

export const insufficientScope = (method: string): ApiError => {
  const message = 'Request had insufficient authentication scopes.';
  const body = build(403, 'PERMISSION_DENIED', 'insufficientPermissions', message);
  body.error.details = [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      domain: 'googleapis.com',
      metadata: { service: 'gmail.googleapis.com', method: apiMethodName(method) },
    },
  ];
  return new ApiError(403, body);
};

/** `gmail.users.messages.get` as the ErrorInfo names it. */
const apiMethodName = (method: string): string => {
  const parts = method.split('.');
  const verb = parts.at(-1) ?? '';
  const noun = parts.at(-2) ?? '';
  const pascal = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  return `caribou.api.proto.MailboxService.${pascal(verb)}${pascal(noun)}`;
};

/** The common real form of an exhausted minute (measured; see providers.md A2). */
export const minuteQuota = (projectNumber: string, perUser: boolean, limit: number): ApiError => {
  const name = perUser ? 'Queries per minute per user' : 'Queries per minute';
  const message =
    `Quota exceeded for quota metric 'Queries' and limit '${name}' of service ` +
    `'gmail.googleapis.com' for consumer 'project_number:${projectNumber}'.`;
  const body = build(403, 'PERMISSION_DENIED', 'rateLimitExceeded', message, 'usageLimits');
  body.error.details = [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'RATE_LIMIT_EXCEEDED',
      domain: 'googleapis.com',
      metadata: {
        service: 'gmail.googleapis.com',
        consumer: `projects/${projectNumber}`,
        quota_metric: 'gmail.googleapis.com/default',
        quota_limit: perUser ? 'defaultPerMinutePerUser' : 'defaultPerMinutePerProject',
        quota_limit_value: String(limit),
        quota_location: 'global',
      },
    },
    {
      '@type': 'type.googleapis.com/google.rpc.Help',
      links: [
        {
          description: 'Request a higher quota limit.',
          url: 'https://cloud.google.com/docs/quotas/help/request_increase',
        },
      ],
    },
  ];
  return new ApiError(403, body, true);
};

const throttle429 = (message: string): ApiError =>
  new ApiError(429, build(429, 'RESOURCE_EXHAUSTED', 'rateLimitExceeded', message), true);

export const tooManyConcurrent = (): ApiError =>
  throttle429('Too many concurrent requests for user');

const usageLimit403 = (reason: string, message: string): ApiError =>
  new ApiError(403, build(403, undefined, reason, message, 'usageLimits'), true);

const backend = (code: number, status: string, message: string): ApiError =>
  new ApiError(code, build(code, status, 'backendError', message));

/** The provider's own bodies for faults asked for by name. */
export const presetError = (preset: FaultPreset, projectNumber: string, now: number): ApiError => {
  switch (preset) {
    case 'rateLimit403':
      return minuteQuota(projectNumber, true, 15_000);
    case 'userRateLimit403':
      return usageLimit403('userRateLimitExceeded', 'User Rate Limit Exceeded');
    case 'dailyLimit403':
      return usageLimit403('dailyLimitExceeded', 'Daily Limit Exceeded');
    case 'exhausted429':
      return throttle429('Resource has been exhausted (e.g. check quota).');
    case 'concurrent429':
      return tooManyConcurrent();
    case 'retryAfter429': {
      // Two spaces, and the time only here: no Retry-After header was ever seen on Gmail.
      const until = new Date(now + 30_000).toISOString();
      return throttle429(`User-rate limit exceeded.  Retry after ${until}`);
    }
    case 'backend500':
      return backend(500, 'INTERNAL', 'Internal error encountered.');
    case 'badGateway502':
      return backend(502, 'UNAVAILABLE', 'Bad Gateway');
    case 'unavailable503':
      return backend(503, 'UNAVAILABLE', 'The service is currently unavailable.');
    case 'gatewayTimeout504':
      return backend(504, 'DEADLINE_EXCEEDED', 'Gateway Timeout');
    case 'notFound404':
    case 'gone410':
      return notFound();
    case 'preconditionFailed400':
      return failedPrecondition();
    case 'mailNotEnabled400':
      return failedPrecondition('Mail service not enabled');
    case 'unauthorized401':
    case 'claimsChallenge401':
      return unauthenticated();
    case 'syncStateNotFound400':
      return invalidArgument('Invalid argument');
    case 'invalidGrant400':
      return invalidArgument('invalid_grant');
  }
};
