import type { MailProvider } from '../../providers/mail-provider.ts';

/** How an inbox of one provider is connected. */
export interface Connector {
  /** Without these a grant is of no use; more may be granted, so check for a superset. */
  readonly requiredScopes: readonly string[];

  /** Where to send the user, and the PKCE verifier to keep until the code comes back. */
  authorize(request: AuthorizationRequest): { url: string; codeVerifier: string };

  /**
   * @throws RequestRefusedError the code is used up, expired or not ours
   * @throws ProviderUnavailableError
   */
  exchangeCode(exchange: { code: string; codeVerifier: string }): Promise<Grant>;

  /** The mailbox by a fresh access token, before there is an inbox: no fence, no quota yet. */
  mailbox(accessToken: string): MailProvider;
}

export interface AuthorizationRequest {
  state: string;
  /** Mailbox to preselect. */
  loginHint: string | null;
}

export interface Grant {
  accessToken: string;
  /** Epoch ms. */
  expiresAt: number;
  /** Null when the provider gave none: the grant would end within the hour. */
  refreshToken: string | null;
  grantedScopes: readonly string[];
}
