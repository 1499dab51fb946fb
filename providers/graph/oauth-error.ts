import { z } from 'zod';
import {
  ClientRefusedError,
  CodeRefusedError,
  ConsentRequiredError,
  type ProviderError,
  ProviderUnavailableError,
  RateLimitedError,
  RequestRefusedError,
  TokenRevokedError,
} from '../errors.ts';
import { boundedWait, retryAfterHeader } from '../retry-after.ts';

/** What the token endpoint answered. */
export interface TokenAnswer {
  status: number;
  headers: Headers;
  body: unknown;
}

const Refusal = z.object({
  error: z.string(),
  suberror: z.string().optional(),
  error_codes: z.array(z.number()).default([]),
});

const PASSING = new Set(['temporarily_unavailable', 'server_error']);
/** What only the operator can mend: a wrong secret; a wrong client id or tenant (AADSTS700016). */
const CLIENT = new Set(['invalid_client', 'unauthorized_client']);
const CONSENT = new Set(['consent_required', 'access_denied']);
const DEFAULT_WAIT_MS = 10_000;

/**
 * What a refusal means, by `error` and `suberror`: the texts change, and the numbers are told along
 * for whoever looks them up. `invalid_grant` and `interaction_required` both end the grant, since
 * only the user can go on: signing in again satisfies a changed password, a second factor and a
 * conditional access policy alike.
 * @see reference B7
 */
export const toOAuthError = (answer: TokenAnswer, kind: 'code' | 'refresh'): ProviderError => {
  const refusal = Refusal.safeParse(answer.body).data;
  const said = `Microsoft's token server answered ${describe(answer.status, refusal)}`;
  if (answer.status === 429) {
    return new RateLimitedError(said, boundedWait(retryAfterHeader(answer) ?? DEFAULT_WAIT_MS));
  }
  if (!refusal || answer.status >= 500 || PASSING.has(refusal.error)) {
    return new ProviderUnavailableError(said);
  }
  const { error, suberror = '' } = refusal;
  if (CLIENT.has(error)) return new ClientRefusedError(said);
  if (CONSENT.has(error) || CONSENT.has(suberror)) return new ConsentRequiredError(said);
  if (error === 'invalid_grant' || error === 'interaction_required' || error === 'login_required') {
    // With a code it is the code that is no good; there is no grant yet that could be dead.
    return kind === 'refresh' ? new TokenRevokedError(said) : new CodeRefusedError(said);
  }
  return new RequestRefusedError(said);
};

const describe = (status: number, refusal: z.infer<typeof Refusal> | undefined): string => {
  if (!refusal) return `${status} without Entra's error body`;
  const codes = refusal.error_codes.map((code) => `AADSTS${code}`);
  return [status, refusal.error, refusal.suberror, ...codes].filter(Boolean).join(' ');
};

/** How a browser came back from the sign-in page without a code. */
export type SignInRefusal = 'admin_required' | 'error';

/** An administrator has to consent, to approve, or to let this user in. */
const ADMIN_REQUIRED = new Set([65001, 90008, 90093, 90094, 90095, 90097, 50105]);

/**
 * What `error` of the callback means. Entra says `access_denied` with AADSTS65004, "User declined",
 * for a user who declined and for one who asked for approval at the administrator's wall and came
 * back. They cannot be told apart, so both are shown the way to the administrator.
 * @see https://learn.microsoft.com/en-us/answers/questions/2237594
 */
export const toSignInRefusal = (error: string, description: string): SignInRefusal => {
  const numbers = [...description.matchAll(/AADSTS(\d{4,7})/g)].map(([, digits]) => Number(digits));
  if (numbers.some((number) => ADMIN_REQUIRED.has(number))) return 'admin_required';
  return error === 'access_denied' || error === 'consent_required' ? 'admin_required' : 'error';
};
