import { randomUUID } from 'node:crypto';
import { json, type Reply } from '../../shared/http.ts';
import { CAE_CLAIMS } from '../errors.ts';

/** How Entra refuses, by the number in `AADSTSnnn`. */
interface AadstsEntry {
  error: string;
  text: string;
  status?: number;
  suberror?: string;
  /** Sends claims along, to be repeated in the next authorization request. */
  claims?: boolean;
}

const GRANT = 'invalid_grant';
const INTERACTION = 'interaction_required';

/** Numbers, errors and suberrors as far as they are known (providers.md B7); texts shortened. */
const ENTRIES: Readonly<Record<number, AadstsEntry>> = {
  16000: {
    error: INTERACTION,
    text: 'Either multiple user identities are available for the current request or selected account is not supported.',
  },
  50011: {
    error: 'invalid_request',
    text: 'The redirect URI specified in the request does not match the redirect URIs configured for the application.',
  },
  50020: {
    error: 'invalid_request',
    text: 'User account from identity provider does not exist in tenant and cannot access the application.',
  },
  50034: {
    error: GRANT,
    text: 'The user account does not exist in the directory.',
    suberror: 'bad_token',
  },
  50057: { error: GRANT, text: 'The user account is disabled.' },
  50058: {
    error: 'login_required',
    text: 'A silent sign-in request was sent but no user is signed in.',
  },
  50076: {
    error: INTERACTION,
    text: "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '00000003-0000-0000-c000-000000000000'.",
    suberror: 'basic_action',
    claims: true,
  },
  50078: {
    error: INTERACTION,
    text: 'Presented multi-factor authentication has expired due to policies configured by your administrator.',
    suberror: 'basic_action',
    claims: true,
  },
  50079: {
    error: INTERACTION,
    text: 'Due to a configuration change made by your administrator, you must enroll in multi-factor authentication.',
    suberror: 'basic_action',
    claims: true,
  },
  50173: {
    error: GRANT,
    text: 'The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.',
    suberror: 'bad_token',
  },
  50196: {
    error: GRANT,
    text: 'The server terminated an operation because it encountered a client request loop.',
  },
  53003: {
    error: INTERACTION,
    text: 'Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.',
    suberror: 'message_only',
    claims: true,
  },
  54005: {
    error: GRANT,
    text: 'OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.',
  },
  65001: {
    error: GRANT,
    text: 'The user or administrator has not consented to use the application. Send an interactive authorization request for this user and resource.',
    suberror: 'consent_required',
  },
  65004: { error: 'access_denied', text: 'User declined to consent to access the app.' },
  70000: {
    error: GRANT,
    text: "The provided value for the input parameter 'refresh_token' or 'assertion' is not valid.",
  },
  70008: {
    error: GRANT,
    text: 'The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.',
  },
  70011: {
    error: 'invalid_scope',
    text: "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid.",
  },
  70043: {
    error: GRANT,
    text: 'The refresh token has expired or is invalid due to sign-in frequency checks by conditional access.',
    suberror: 'token_expired',
  },
  90002: {
    error: 'invalid_request',
    text: 'Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.',
  },
  90014: { error: 'invalid_request', text: 'The required field is missing from the credential.' },
  90033: {
    error: 'temporarily_unavailable',
    text: 'A transient error has occurred. Please try again.',
    status: 503,
  },
  90094: {
    error: 'access_denied',
    text: 'The grant requires admin permission. An administrator has set a policy that prevents you from granting this application the permissions it is requesting.',
  },
  90095: {
    error: 'access_denied',
    text: 'Admin consent is required for the permissions requested by this application. An admin consent request was sent.',
  },
  28000: {
    error: 'invalid_request',
    text: 'Provided value for the input parameter scope is not valid because it contains more than one resource.',
  },
  501481: {
    error: GRANT,
    text: 'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
  },
  700003: {
    error: GRANT,
    text: 'Device object was not found in the tenant directory.',
    suberror: 'device_authentication_failed',
  },
  700016: {
    error: 'unauthorized_client',
    text: 'Application was not found in the directory. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.',
  },
  700025: {
    error: 'invalid_client',
    text: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    status: 401,
  },
  700082: {
    error: GRANT,
    text: 'The refresh token has expired due to inactivity. The token was issued and was inactive for 90.00:00:00.',
  },
  900144: {
    error: 'invalid_request',
    text: 'The request body must contain the following parameter',
  },
  7000215: {
    error: 'invalid_client',
    text: 'Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID.',
    status: 401,
  },
  7000218: {
    error: 'invalid_client',
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    status: 401,
  },
  7000222: {
    error: 'invalid_client',
    text: 'The provided client secret keys are expired.',
    status: 401,
  },
};

/** A refusal by number; a test may bend error and suberror, which vary from tenant to tenant. */
export interface AadstsFailure {
  code: number;
  error?: string;
  suberror?: string | null;
  detail?: string;
}

export class AadstsError extends Error {
  override readonly name = 'AadstsError';
  readonly failure: AadstsFailure;

  constructor(failure: AadstsFailure) {
    super(`AADSTS${failure.code}`);
    this.failure = failure;
  }
}

export const aadsts = (code: number, detail?: string): AadstsError =>
  new AadstsError({ code, ...(detail && { detail }) });

const entryOf = ({ code }: AadstsFailure): AadstsEntry =>
  ENTRIES[code] ?? { error: GRANT, text: 'The request was refused.' };

/** `error` and `error_description` as a redirect carries them. */
export const redirectError = (failure: AadstsFailure, now: number) => {
  const { error, text } = entryOf(failure);
  return {
    error: failure.error ?? error,
    error_description: describe(failure, text, randomUUID(), randomUUID(), now),
  };
};

const describe = (
  { code, detail }: AadstsFailure,
  text: string,
  trace: string,
  correlation: string,
  now: number,
): string =>
  `AADSTS${code}: ${text}${detail ? ` ${detail}` : ''} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${stamp(now)}`;

const stamp = (now: number): string =>
  new Date(now)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');

/** The token endpoint's refusal. */
export const tokenError = (failure: AadstsFailure, now: number): Reply => {
  const entry = entryOf(failure);
  const [trace, correlation] = [randomUUID(), randomUUID()];
  const suberror = failure.suberror === undefined ? entry.suberror : failure.suberror;
  const reply = json(entry.status ?? 400, {
    error: failure.error ?? entry.error,
    error_description: describe(failure, entry.text, trace, correlation, now),
    error_codes: [failure.code],
    timestamp: stamp(now),
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `https://login.microsoftonline.com/error?code=${failure.code}`,
    ...(suberror && { suberror }),
    ...(entry.claims && { claims: CAE_CLAIMS }),
  });
  reply.headers['cache-control'] = 'no-store, no-cache';
  return reply;
};
