import type { KeyObject } from 'node:crypto';
import { openJson, sealJson } from '../crypto/seal.ts';

/** Where an endpoint is and how it knows us; sealed in `event_endpoints.target_ct`. */
export interface EndpointTarget {
  /** It may carry a token of the receiver's, so it is sealed too. */
  url: string;
  /** The newest first. `endsAt` in epoch ms: until then it signs beside the newer one. */
  secrets: EndpointSecret[];
  /** Whom to tell when the endpoint is disabled. */
  notifyAddress: string | null;
}

export interface EndpointSecret {
  secret: string;
  endsAt: number | null;
}

/** An endpoint is no inbox and has no data key: a master key seals it, named in its row. */
interface MasterKeys {
  readonly current: { id: string; key: KeyObject };
  get(id: string): KeyObject;
}

interface Endpoint {
  orgId: string;
  id: string;
}

export interface SealedTarget {
  targetCt: Buffer;
  masterKeyId: string;
}

export const sealTarget = (
  masters: MasterKeys,
  endpoint: Endpoint,
  target: EndpointTarget,
): SealedTarget => ({
  targetCt: sealJson(masters.current.key, aad(endpoint), target),
  masterKeyId: masters.current.id,
});

export const openTarget = (
  masters: MasterKeys,
  endpoint: Endpoint & SealedTarget,
): EndpointTarget =>
  openJson<EndpointTarget>(masters.get(endpoint.masterKeyId), aad(endpoint), endpoint.targetCt);

const aad = ({ orgId, id }: Endpoint) => ({
  orgId,
  inboxId: '',
  column: 'event_endpoints.target_ct',
  rowId: id,
});
