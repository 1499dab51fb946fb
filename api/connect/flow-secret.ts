import type { NamedKeys } from '../../crypto/named-keys.ts';
import { sealJson } from '../../crypto/seal.ts';
import { openByAnyMaster } from '../../vault/master-seals.ts';

/** What a flow carries between its two requests besides what may be read in the database. */
export interface FlowSecret {
  codeVerifier: string;
  /** From the token that began the flow; the callback has none. */
  notifyAddress: string | null;
  /** Mailbox preselected at the provider. */
  loginHint: string | null;
  /** Whether the send scope was asked for. */
  send?: boolean;
  /** Whether the caller named the scope: a mailbox that is known keeps its own otherwise. */
  scopeNamed?: boolean;
}

/** What the secret belongs to: opened for anything else, the seal breaks. */
export interface SecretOwner {
  orgId: string;
  column: 'oauth_states.secret_ct';
  /** Hash of the state that names the row. */
  stateHash: Uint8Array;
}

/** There is no inbox yet and so no data key: a master key seals it, for the time it lives. */
export function sealFlowSecret<T>(masters: NamedKeys, owner: SecretOwner, secret: T): Buffer {
  return sealJson(masters.current.key, aad(owner), secret);
}

/** @throws SealBrokenError no configured master key opens it */
export function openFlowSecret<T>(masters: NamedKeys, owner: SecretOwner, sealed: Uint8Array): T {
  return openByAnyMaster<T>(masters, aad(owner), sealed);
}

const aad = ({ orgId, column, stateHash }: SecretOwner) => ({
  orgId,
  inboxId: '',
  column,
  rowId: Buffer.from(stateHash).toString('hex'),
});
