import type { Provider } from '../../domain/inbox.ts';
import type { MailProvider } from '../../providers/mail-provider.ts';
import type { FlowGate } from './flow-gate.ts';

/** Whose sign-in it is, as users know it; also where none is configured. */
export const COMPANY: Record<Provider, string> = { gmail: 'Google', outlook: 'Microsoft' };

/** How an inbox of one provider is connected. */
export interface Connector {
  /** Without these a grant is of no use; more may be granted, so check for a superset. */
  readonly requiredScopes: readonly string[];
  /** What sending needs besides. */
  readonly sendScope: string;
  /** What one message may take as JSON, and how that is said; absent where our own limit is lower. */
  readonly sendRoom?: { bytes: number; words: string };

  /** Where to send the user, and the PKCE verifier to keep until the code comes back. */
  authorize(request: AuthorizationRequest): Promise<{ url: string; codeVerifier: string }>;

  /** What the provider's error on the way back means. */
  refusal(error: string, description: string): SignInRefusal;

  /** Where an administrator consents for everybody; absent where none stands in between. */
  adminConsentUrl?(state: string): string;

  /**
   * @throws RequestRefusedError the code is used up, expired or not ours
   * @throws ProviderUnavailableError
   */
  exchangeCode(exchange: CodeExchange, signal: AbortSignal): Promise<Grant>;

  /**
   * Ends the grant at the provider. Absent where only the user can (Microsoft).
   * @throws ProviderError
   */
  revoke?(renewal: string, signal: AbortSignal): Promise<void>;

  /** The mailbox by a fresh access token, before there is an inbox: no quota yet. */
  mailbox(accessToken: string, gate: FlowGate): MailProvider;
}

export interface AuthorizationRequest {
  state: string;
  /** Mailbox to preselect. */
  loginHint: string | null;
  /** Asks for the send scope too (B5). */
  send?: boolean;
}

export interface CodeExchange {
  code: string;
  codeVerifier: string;
  /** As it was asked for. */
  send?: boolean;
}

export interface Grant {
  accessToken: string;
  /** Epoch ms. */
  expiresAt: number;
  /** See `Tokens.renewal`. Null when the provider gave none: the grant would end within the hour. */
  renewal: string | null;
  grantedScopes: readonly string[];
  tenant?: string;
}

/** `admin_required` where an administrator may have to agree: Microsoft does not say for certain. */
export type SignInRefusal = 'denied' | 'admin_required' | 'error';
