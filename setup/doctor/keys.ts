import { parsePayloadKeys } from '../../codec/data-converter.ts';
import type { Config } from '../../config/config.ts';
import { openKeyRing } from '../../crypto/key-ring.ts';
import { parseLookupKey } from '../../crypto/lookup.ts';
import { bad, type Finding, ok, reasonOf } from './finding.ts';

/** Keys are of the right form and strength, and their store can be used. */
export async function checkKeys(config: Config): Promise<Finding[]> {
  const { LOOKUP_KEY, PAYLOAD_KEYS } = config.secrets;
  return [
    await judge('MASTER_KEYS and the store of inbox keys', () => openKeyRing(config)),
    await judge('LOOKUP_KEY', async () => parseLookupKey(LOOKUP_KEY.reveal())),
    await judge('PAYLOAD_KEYS', async () => parsePayloadKeys(PAYLOAD_KEYS.reveal())),
  ];
}

async function judge(what: string, open: () => Promise<unknown>): Promise<Finding> {
  try {
    await open();
    return ok(`${what} can be used`);
  } catch (error) {
    return bad(`${what}: ${reasonOf(error)}`);
  }
}
