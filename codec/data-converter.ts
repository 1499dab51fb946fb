import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { NamedKeys } from '../crypto/named-keys.ts';
import { PayloadCodec } from './payload-codec.ts';

/** For the bundler of workflow code, which has no use for the rest. */
export const FAILURE_CONVERTER_PATH = fileURLToPath(
  new URL('./failure-converter.ts', import.meta.url),
);

/** What every client, worker and replay must share, or one cannot read what another wrote. */
export const createDataConverter = (keys: NamedKeys): DataConverter => ({
  payloadCodecs: [new PayloadCodec(keys)],
  failureConverterPath: FAILURE_CONVERTER_PATH,
});

/**
 * @param text PAYLOAD_KEYS: `id:base64,id:base64`, the current key first
 * @throws NamedKeysError; WeakKeyError
 */
export const parsePayloadKeys = (text: string): NamedKeys => NamedKeys.parse('PAYLOAD_KEYS', text);
