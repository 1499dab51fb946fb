import type { KeyRing } from '../crypto/key-ring.ts';
import { saveTokens } from '../db/worker-inbox-store.ts';
import { tokenRefreshes } from '../metrics/engine.ts';
import { TokenRevokedError } from '../providers/errors.ts';
import { readDataKey } from '../vault/data-keys.ts';
import { openTokens, sealTokens, type Tokens } from '../vault/inbox-seals.ts';
import { type FenceOptions, throughFence } from './call-gate.ts';
import type { CallSlots } from './call-slots.ts';

/** A token this near its end is renewed before the call. */
const RENEW_BEFORE_MS = 2 * 60_000;

export interface GrantOptions {
  keyRing: KeyRing;
  slots: CallSlots;
  now: () => number;
  renew: (tokens: Tokens, sending: boolean, signal: AbortSignal) => Promise<Tokens>;
}

/**
 * The grant in use. Of all processes one renews it at a time, the others take what it saved; it is
 * saved before it is used. A crash in between loses nothing: providers honour the renewal before
 * for a while.
 */
export class Grant {
  readonly #options: GrantOptions;
  readonly #fence: FenceOptions;
  #tokens: Tokens;
  #distrusted = '';
  #renewal: Promise<Tokens> | null = null;

  constructor(options: GrantOptions, fence: FenceOptions, tokens: Tokens) {
    this.#options = options;
    this.#fence = fence;
    this.#tokens = tokens;
  }

  /** @throws TokenRevokedError the provider no longer honours the grant */
  async accessToken(): Promise<string> {
    if (this.#isUsable(this.#tokens)) return this.#tokens.accessToken;
    this.#renewal ??= this.#alone(() => this.#renew()).finally(() => {
      this.#renewal = null;
    });
    this.#tokens = await this.#renewal;
    return this.#tokens.accessToken;
  }

  /** The provider refused this token before its time: the next call renews it. */
  distrust(accessToken: string): void {
    this.#distrusted = accessToken;
  }

  #isUsable({ accessToken, expiresAt }: Tokens): boolean {
    const remaining = expiresAt - this.#options.now();
    return accessToken !== this.#distrusted && remaining > RENEW_BEFORE_MS;
  }

  /** A lock of Postgres would have to be held while the provider is asked, and disconnect with it. */
  #alone<T>(renew: () => Promise<T>): Promise<T> {
    const { inbox, signal } = this.#fence;
    const key = `grant:${inbox.inboxId}`;
    const patienceMs = Number.POSITIVE_INFINITY;
    const wanted = { key, lane: 'live', slots: 1, limit: 1, patienceMs } as const;
    return this.#options.slots.within(signal ? { ...wanted, signal } : wanted, renew);
  }

  async #renew(): Promise<Tokens> {
    const { sending, ...stored } = await this.#readStored();
    if (this.#isUsable(stored)) return stored;
    const renewed = await throughFence(this.#fence, { method: 'oauth.token', units: 0 }, (signal) =>
      this.#options.renew(stored, sending, signal),
    ).catch((error) => {
      tokenRefreshes.inc({ outcome: error instanceof Error ? error.name : 'unknown' });
      throw error;
    });
    tokenRefreshes.inc({ outcome: 'ok' });
    await this.#fence.database.asConnectedInboxExclusive(this.#fence.inbox, async (tx, row) => {
      const key = await readDataKey(tx, this.#options.keyRing, row);
      await saveTokens(tx, sealTokens(key, row, renewed));
    });
    return renewed;
  }

  #readStored(): Promise<Tokens & { sending: boolean }> {
    const { database, inbox } = this.#fence;
    return database.asConnectedInbox(inbox, async (tx, row) => {
      if (!row.tokensCt) throw new TokenRevokedError('This inbox holds no grant; reconnect it.');
      const key = await readDataKey(tx, this.#options.keyRing, row);
      return { ...openTokens(key, row, row.tokensCt), sending: row.sending };
    });
  }
}
