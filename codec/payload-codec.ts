import type { Payload, PayloadCodec as TemporalCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { Aad } from '../crypto/aad.ts';
import type { NamedKeys } from '../crypto/named-keys.ts';
import { open, seal } from '../crypto/seal.ts';

const { Payload: Message } = proto.temporal.api.common.v1;

/** As Temporal's own samples call it: the UI and the CLI know it by this name. */
const ENCODING = 'binary/encrypted';
const KEY_ID = 'encryption-key-id';

/**
 * Seals every payload with AES-256-GCM before it leaves for Temporal: arguments, results, signals,
 * queries, heartbeats, memos, and failures with their messages and stacks. The whole payload is
 * sealed, its metadata too, and the key's id stands beside it, so that keys rotate by their order.
 */
export class PayloadCodec implements TemporalCodec {
  readonly #keys: NamedKeys;

  constructor(keys: NamedKeys) {
    this.#keys = keys;
  }

  encode = async (payloads: Payload[]): Promise<Payload[]> =>
    payloads.map((payload) => {
      const { id, key } = this.#keys.current;
      return {
        metadata: { encoding: Buffer.from(ENCODING), [KEY_ID]: Buffer.from(id) },
        data: seal(key, aadOf(id), Message.encode(payload).finish()),
      };
    });

  /**
   * What is not sealed passes as it is: Temporal's own messages, and what an operator sends by the
   * CLI without a codec.
   * @throws UnknownKeyError; SealBrokenError
   */
  decode = async (payloads: Payload[]): Promise<Payload[]> =>
    payloads.map((payload) => {
      if (textOf(payload, 'encoding') !== ENCODING) return payload;
      const id = textOf(payload, KEY_ID);
      const opened = open(this.#keys.get(id), aadOf(id), payload.data ?? new Uint8Array());
      return Message.decode(opened);
    });
}

const textOf = ({ metadata }: Payload, name: string): string =>
  Buffer.from(metadata?.[name] ?? []).toString();

/** A codec is not told which workflow a payload belongs to, the UI's least of all. */
const aadOf = (keyId: string): Aad => ({
  orgId: '',
  inboxId: '',
  column: 'temporal payload',
  rowId: keyId,
});
