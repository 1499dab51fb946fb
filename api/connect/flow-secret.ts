import type { NamedKeys } from '../../crypto/named-keys.ts';
import { openJson, SealBrokenError, sealJson } from '../../crypto/seal.ts';

/** What a flow carries between its two requests besides what may be read in the database. */
export interface FlowSecret {
  codeVerifier: string;
  /** From the token that began the flow; the callback has none. */
  notifyAddress: string | null;
}

interface Flow {
  orgId: string;
  stateHash: Uint8Array;
}

/** There is no inbox yet and so no data key: a master key seals it, for the quarter hour it lives. */
export function sealFlowSecret(masters: NamedKeys, flow: Flow, secret: FlowSecret): Buffer {
  return sealJson(masters.current.key, aad(flow), secret);
}

/** Tries each master key, as the current one may have changed meanwhile. @throws SealBrokenError */
export function openFlowSecret(masters: NamedKeys, flow: Flow, sealed: Uint8Array): FlowSecret {
  for (const id of masters.ids) {
    try {
      return openJson<FlowSecret>(masters.get(id), aad(flow), sealed);
    } catch (error) {
      if (!(error instanceof SealBrokenError)) throw error;
    }
  }
  throw new SealBrokenError(aad(flow), 'no configured master key opens it');
}

const aad = ({ orgId, stateHash }: Flow) => ({
  orgId,
  inboxId: '',
  column: 'oauth_states.secret_ct',
  rowId: Buffer.from(stateHash).toString('hex'),
});
