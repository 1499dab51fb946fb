import type { KeyRing } from '../crypto/key-ring.ts';
import { saveTokens } from '../db/worker-inbox-store.ts';
import { readDataKey } from '../vault/data-keys.ts';
import { sealTokens, type Tokens } from '../vault/inbox-seals.ts';
import { type FenceOptions, throughFence } from './call-gate.ts';

/** A token this near its end is renewed before the call. */
const RENEW_BEFORE_MS = 2 * 60_000;

/** The grant in use. Concurrent calls share one renewal, which is saved before it is used. */
export class Grant {
  readonly #options: { keyRing: KeyRing; now: () => number };
  readonly #fence: FenceOptions;
  readonly #renewTokens: (tokens: Tokens, signal: AbortSignal) => Promise<Tokens>;
  #tokens: Tokens;
  #renewal: Promise<Tokens> | null = null;

  constructor(
    options: { keyRing: KeyRing; now: () => number },
    fence: FenceOptions,
    renewTokens: (tokens: Tokens, signal: AbortSignal) => Promise<Tokens>,
    tokens: Tokens,
  ) {
    this.#options = options;
    this.#fence = fence;
    this.#renewTokens = renewTokens;
    this.#tokens = tokens;
  }

  /** @throws TokenRevokedError the provider no longer honours the grant */
  async accessToken(): Promise<string> {
    if (this.#tokens.expiresAt - this.#options.now() > RENEW_BEFORE_MS) {
      return this.#tokens.accessToken;
    }
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
    this.#tokens = await this.#renewal;
    return this.#tokens.accessToken;
  }

  /** The provider refused this token before its time: the next call renews it. */
  distrust(accessToken: string): void {
    if (this.#tokens.accessToken === accessToken) this.#tokens = { ...this.#tokens, expiresAt: 0 };
  }

  async #renew(): Promise<Tokens> {
    const renewed = await throughFence(this.#fence, { method: 'oauth.token', units: 0 }, (signal) =>
      this.#renewTokens(this.#tokens, signal),
    );
    await this.#fence.database.asConnectedInboxExclusive(this.#fence.inbox, async (tx, row) => {
      const key = await readDataKey(tx, this.#options.keyRing, row);
      await saveTokens(tx, sealTokens(key, row, renewed));
    });
    return renewed;
  }
}
