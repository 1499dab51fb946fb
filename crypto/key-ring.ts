import type { Config } from '../config/config.ts';
import type { Secret } from '../config/secret.ts';
import { KeyFiles } from './key-files.ts';
import type { KeyProvider } from './key-provider.ts';
import { KeyVault } from './key-vault.ts';
import { NamedKeys } from './named-keys.ts';

/** The two halves without which no data key opens: one configured, one destroyable per inbox. */
export interface KeyRing {
  readonly masters: NamedKeys;
  readonly inboxKeys: KeyProvider;
}

/**
 * @throws StartError; NamedKeysError; WeakKeyError: a process must not start with keys that cannot
 * protect anything
 */
export async function openKeyRing(config: Config): Promise<KeyRing> {
  const masters = NamedKeys.parse('MASTER_KEYS', config.secrets.MASTER_KEYS.reveal());
  const inboxKeys = keyProviderOf(config);
  await inboxKeys.check();
  return { masters, inboxKeys };
}

function keyProviderOf({ settings, secrets }: Config): KeyProvider {
  const { INBOX_KEYS_VAULT_URL: url, INBOX_KEYS_DIR: directory } = settings;
  if (directory !== undefined) return new KeyFiles(directory);
  return new KeyVault({
    // readConfig has seen to it that one of the two is there, and this one complete.
    url: url as string,
    token: secrets.INBOX_KEYS_VAULT_TOKEN as Secret,
    mount: settings.INBOX_KEYS_VAULT_MOUNT,
    timeoutMs: settings.INBOX_KEYS_TIMEOUT_MS,
  });
}
