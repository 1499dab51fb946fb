import type { DataKey } from '../crypto/data-key.ts';
import { openJsonBy } from '../crypto/data-key.ts';
import { sealJson } from '../crypto/seal.ts';
import type { OutgoingContent } from '../domain/outgoing.ts';

interface Ref {
  orgId: string;
  inboxId: string;
  id: string;
}

const aad = ({ orgId, inboxId, id }: Ref) => ({
  orgId,
  inboxId,
  column: 'outgoing_messages.content_ct',
  rowId: id,
});

export const sealOutgoing = (key: DataKey, ref: Ref, content: OutgoingContent): Buffer =>
  sealJson(key.current, aad(ref), content);

export const openOutgoing = (key: DataKey, ref: Ref, sealed: Uint8Array): OutgoingContent =>
  openJsonBy<OutgoingContent>(key, aad(ref), sealed);
