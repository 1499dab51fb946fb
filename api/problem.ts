/**
 * Everything the API can refuse, in one closed set. A code is part of the API: its page lives at
 * `/problems/<code>`, so renaming one breaks callers.
 * @see RFC 9457 problem details
 */
export const PROBLEMS = {
  'invalid-request': {
    status: 400,
    title: 'The request is not well formed',
    action: 'Correct the fields listed under `errors` and send the request again.',
    withoutErrors: 'Correct the request and send it again.',
  },
  'malformed-json': {
    status: 400,
    title: 'The body is not JSON',
    action: 'Send one JSON object with Content-Type: application/json.',
  },
  unauthenticated: {
    status: 401,
    title: 'No valid bearer token and no session',
    action: 'Send Authorization: Bearer with a current token of this user, or sign in again.',
  },
  'push-unauthenticated': {
    status: 401,
    title: 'The notification is not signed by the configured sender',
    action: 'Check the push subscription’s service account and audience.',
  },
  'operators-only': {
    status: 403,
    title: 'This address is for operators',
    action: 'Call it with the token of somebody who runs this deployment.',
  },
  'administrators-only': {
    status: 403,
    title: 'This address is for administrators of the organisation',
    action: 'Ask somebody whose token has the role admin.',
  },
  'content-not-yours': {
    status: 403,
    title: 'Only whoever registered an endpoint can have content sent to it',
    action: 'Register an endpoint of your own, or leave content off.',
  },
  'cross-site-request': {
    status: 403,
    title: 'The request comes from another page',
    action:
      'Send it from a page of this server, with the header X-Sambandh-Page, or use a bearer token.',
  },
  'role-missing': {
    status: 403,
    title: 'Your role does not allow this',
    action: 'Ask somebody whose token has the role ops or admin in this organisation.',
  },
  'not-found': {
    status: 404,
    title: 'There is no such thing here',
    action:
      'Check the address. What belongs to another user looks the same as what does not exist.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This address does not take that method',
    action: 'Use a method named in the Allow header.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request did not arrive in time',
    action: 'Send it again, headers within 10 s and all of it within 30 s.',
  },
  'inbox-not-connected': {
    status: 409,
    title: 'The inbox is not connected',
    action: 'Reconnect the inbox, then try again. What was synced before stays on the timelines.',
  },
  'sending-off': {
    status: 409,
    title: 'Sending is not turned on for this inbox',
    action: 'Turn it on with POST /api/v1/inboxes/{id}/sending, which asks its user for consent.',
  },
  'not-waiting': {
    status: 409,
    title: 'The message does not wait to be sent any more',
    action: 'Ask for its state, which says what became of it.',
  },
  'endpoint-disabled': {
    status: 409,
    title: 'The event endpoint is disabled',
    action: 'Enable it with PUT, then replay.',
  },
  'endpoint-unreadable': {
    status: 409,
    title: 'The address and secret of this endpoint do not open any more',
    action: 'Delete it and register it anew.',
  },
  'too-many-endpoints': {
    status: 409,
    title: 'There are as many event endpoints as there may be',
    action: 'Delete one that is not needed, or have one receiver pass events on.',
  },
  'inbox-deleting': {
    status: 409,
    title: 'The inbox’s email history is being deleted',
    action: 'Wait until the deletion has finished, then connect the mailbox again.',
  },
  'message-gone': {
    status: 410,
    title: 'The provider no longer has this message or attachment',
    action: 'It was deleted in the mailbox. What was synced of it stays on the timeline.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    action: 'Send less at once.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body is not sent as JSON',
    action: 'Send Content-Type: application/json in UTF-8, compressed with gzip at most.',
  },
  'unusable-address': {
    status: 422,
    title: 'An address cannot be used',
    action: 'Correct or leave out the addresses listed under `errors`.',
  },
  'reserved-id': {
    status: 422,
    title: 'A contact cannot have this id',
    action: 'Give the contacts listed under `errors` other ids.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key belongs to another message',
    action: 'Send a new message with a new key. The same key must come with the same body.',
  },
  'unusable-url': {
    status: 422,
    title: 'Events cannot be posted to this address',
    action: 'Give an https address on the public internet, without user name and password.',
  },
  'unknown-label': {
    status: 422,
    title: 'The mailbox has no such label or folder',
    action: 'Choose an id from GET /api/v1/inboxes/{id}/scopes.',
  },
  'gmail-not-configured': {
    status: 503,
    title: 'Gmail is not set up on this server',
    action: 'The operator sets GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.',
  },
  'outlook-not-configured': {
    status: 503,
    title: 'Outlook is not set up on this server',
    action: 'The operator sets MICROSOFT_CLIENT_ID and MICROSOFT_CLIENT_SECRET.',
  },
  'return-to-refused': {
    status: 422,
    title: 'returnTo leads somewhere not allowed',
    action: 'Use a path of this server, or have the operator add the origin to RETURN_TO_ORIGINS.',
  },
  'sending-limit': {
    status: 429,
    title: 'This inbox has written to as many as it may in a day',
    action: 'Wait as long as the Retry-After header says.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    action: 'Wait as long as the Retry-After header says.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    action: 'Send fewer or shorter headers; a token has up to 8,192 characters.',
  },
  'too-many-streams': {
    status: 429,
    title: 'Too many streams of changes are open',
    action:
      'Close pages that are open besides this one, and wait as long as the Retry-After header says.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    action: 'Try again later. If it stays, tell the operator the request id.',
  },
  'provider-unavailable': {
    status: 502,
    title: 'The mail provider did not answer as it should',
    action: 'Try again in a moment.',
  },
  'provider-busy': {
    status: 503,
    title: 'The mailbox’s request budget is used up for the moment',
    action: 'Wait as long as the Retry-After header says.',
  },
  'temporarily-unavailable': {
    status: 503,
    title: 'A part of this server cannot be reached',
    action: 'Try again in a moment.',
  },
} as const satisfies Record<string, Kind>;

interface Kind {
  status: number;
  title: string;
  action: string;
  /** The action when no fields are listed, where that differs. */
  withoutErrors?: string;
}

export type ProblemCode = keyof typeof PROBLEMS;

/** `field` is a path such as `contacts.3.addresses.0`, or `id` for a part of the address. */
export interface FieldError {
  field: string;
  message: string;
}

interface ProblemExtras {
  errors?: FieldError[];
  headers?: Record<string, string>;
  cause?: unknown;
}

/** Thrown by routes; `problem-handler.ts` turns it into the answer. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly errors: FieldError[] | undefined;
  readonly headers: Record<string, string>;

  /** @param detail what happened and what it means, in a sentence; never content of a mail */
  constructor(code: ProblemCode, detail: string, { errors, headers, cause }: ProblemExtras = {}) {
    super(detail, { cause });
    this.code = code;
    this.errors = errors;
    this.headers = headers ?? {};
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }
}

export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: FieldError[];
}

/** The body of the answer: what happened, what it means, what to do. */
export function problemDocument(problem: Problem, requestId: string): ProblemDocument {
  const { status, title, action, withoutErrors }: Kind = PROBLEMS[problem.code];
  const advice = problem.errors ? action : (withoutErrors ?? action);
  return {
    type: `/problems/${problem.code}`,
    title,
    status,
    detail: `${problem.message} ${advice}`,
    instance: `/requests/${requestId}`,
    ...(problem.errors && { errors: problem.errors }),
  };
}

/** The same words for an unknown id and for one of another user, so that neither can be told. */
export function notFound(what: string): Problem {
  return new Problem('not-found', `There is no ${what} with this id.`);
}
