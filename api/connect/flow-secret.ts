import type { NamedKeys } from '../../crypto/named-keys.ts';
import { openJson, SealBrokenError, sealJson } from '../../crypto/seal.ts';

/** What a flow carries between its two requests besides what may be read in the database. */
export interface FlowSecret {
  codeVerifier: string;
  /** From the token that began the flow; the callback has none. */
  notifyAddress: string | null;
  /** Mailbox preselected at the provider. */
  loginHint: string | null;
  /** Whether the send scope was asked for. */
  send?: boolean;
}

/** What a connection that waits for an administrator carries. */
export interface PendingSecret {
  /** In the administrator's link, and back with them. */
  adminState: string;
  notifyAddress: string | null;
  loginHint: string | null;
}

/** What the secret belongs to: opened for anything else, the seal breaks. */
export interface SecretOwner {
  orgId: string;
  column: 'oauth_states.secret_ct' | 'pending_connections.secret_ct';
  /** Hash of the state that names the row. */
  stateHash: Uint8Array;
}

/** There is no inbox yet and so no data key: a master key seals it, for the time it lives. */
export function sealFlowSecret<T>(masters: NamedKeys, owner: SecretOwner, secret: T): Buffer {
  return sealJson(masters.current.key, aad(owner), secret);
}

/** Tries each master key, as the current one may have changed meanwhile. @throws SealBrokenError */
export function openFlowSecret<T>(masters: NamedKeys, owner: SecretOwner, sealed: Uint8Array): T {
  for (const id of masters.ids) {
    try {
      return openJson<T>(masters.get(id), aad(owner), sealed);
    } catch (error) {
      if (!(error instanceof SealBrokenError)) throw error;
    }
  }
  throw new SealBrokenError(aad(owner), 'no configured master key opens it');
}

const aad = ({ orgId, column, stateHash }: SecretOwner) => ({
  orgId,
  inboxId: '',
  column,
  rowId: Buffer.from(stateHash).toString('hex'),
});
