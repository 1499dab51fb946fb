import type { Aad } from '../crypto/aad.ts';
import { type DataKey, openJsonBy } from '../crypto/data-key.ts';
import { sealJson } from '../crypto/seal.ts';
import type { OutgoingContent } from '../domain/outgoing.ts';

interface Ref {
  orgId: string;
  inboxId: string;
  id: string;
}

export const outgoingAad = ({ orgId, inboxId, id }: Ref): Aad => ({
  orgId,
  inboxId,
  column: 'outgoing_messages.content_ct',
  rowId: id,
});

export const sealOutgoing = (key: DataKey, ref: Ref, content: OutgoingContent): Buffer =>
  sealJson(key.current, outgoingAad(ref), content);

export const openOutgoing = (key: DataKey, ref: Ref, sealed: Uint8Array): OutgoingContent =>
  openJsonBy<OutgoingContent>(key, outgoingAad(ref), sealed);
