import type { Aad } from '../crypto/aad.ts';
import type { NamedKeys } from '../crypto/named-keys.ts';
import { sealJson } from '../crypto/seal.ts';
import { openByAnyMaster } from './master-seals.ts';

/** What a connection that waits for an administrator carries; in `pending_connections.secret_ct`. */
export interface PendingSecret {
  /** In the administrator's link, and back with them. */
  adminState: string;
  notifyAddress: string | null;
  loginHint: string | null;
  /** Whether the caller named the scope. */
  scopeNamed?: boolean;
}

interface Pending {
  orgId: string;
  adminStateHash: Uint8Array;
}

export interface SealedPending {
  secretCt: Buffer;
  masterKeyId: string;
}

/** There is no inbox yet and so no data key: a master key seals it, and its row names which. */
export const sealPending = (
  { current }: NamedKeys,
  pending: Pending,
  secret: PendingSecret,
): SealedPending => ({
  secretCt: sealJson(current.key, aad(pending), secret),
  masterKeyId: current.id,
});

/** @throws SealBrokenError no configured master key opens it */
export const openPending = (
  masters: NamedKeys,
  pending: Pending & { secretCt: Uint8Array },
): PendingSecret => openByAnyMaster(masters, aad(pending), pending.secretCt);

const aad = ({ orgId, adminStateHash }: Pending): Aad => ({
  orgId,
  inboxId: '',
  column: 'pending_connections.secret_ct',
  rowId: Buffer.from(adminStateHash).toString('hex'),
});
