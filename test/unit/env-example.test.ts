import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig, SETTING_NAMES } from '../../config/config.ts';
import { required } from '../support/environment.ts';

const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
const assigned = new Map(
  [...example.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name ?? '', value ?? '']),
);
/** Read by setup/migrate.ts alone, which no running process needs. */
const FOR_MIGRATION = ['DATABASE_URL'];

const REQUIRED = required();
const KEY = REQUIRED.MASTER_KEYS.replace('k1:', '');

describe('.env.example', () => {
  it('names every setting, and none that does not exist', () => {
    expect([...assigned.keys()].sort()).toEqual([...SETTING_NAMES, ...FOR_MIGRATION].sort());
  });

  it('shows the defaults that are in force', () => {
    const given = Object.fromEntries([...assigned].filter(([, value]) => value !== ''));
    expect(readConfig({ ...given, ...REQUIRED }).settings).toEqual(readConfig(REQUIRED).settings);
  });
});

describe('the configuration', () => {
  it('names everything that is missing at once', () => {
    expect(() => readConfig({})).toThrow(ConfigError);
    expect(() => readConfig({})).toThrow(
      /DATABASE_URL_API[\s\S]*DATABASE_URL_WORKER[\s\S]*MASTER_KEYS[\s\S]*LOOKUP_KEY[\s\S]*JWT_SECRET/,
    );
  });

  it('takes a secret from a file, and says which file it cannot read', () => {
    const { LOOKUP_KEY: _, ...others } = REQUIRED;
    expect(() => readConfig({ ...others, LOOKUP_KEY_FILE: '/nowhere/key' })).toThrow(
      /LOOKUP_KEY_FILE .*\/nowhere\/key/,
    );
  });

  it('refuses one key in two places, and two or no places for the secrets of inbox keys', () => {
    expect(() => readConfig({ ...REQUIRED, LOOKUP_KEY: KEY })).toThrow(
      /MASTER_KEYS and LOOKUP_KEY hold the same key/,
    );
    expect(() => readConfig({ ...REQUIRED, LOOKUP_KEY: KEY })).not.toThrow(KEY);
    const vault = {
      INBOX_KEYS_VAULT_URL: 'https://vault.example',
      INBOX_KEYS_VAULT_TOKEN: 'a token',
    };
    expect(() => readConfig({ ...REQUIRED, ...vault })).toThrow(/only one of them/);
    const { INBOX_KEYS_DIR: _, ...nowhere } = REQUIRED;
    expect(() => readConfig(nowhere)).toThrow(/INBOX_KEYS_DIR or INBOX_KEYS_VAULT_URL: one is/);
    expect(readConfig({ ...nowhere, ...vault }).settings.INBOX_KEYS_VAULT_MOUNT).toBe('transit');
    expect(() => readConfig({ ...nowhere, INBOX_KEYS_VAULT_URL: 'https://v' })).toThrow(
      /INBOX_KEYS_VAULT_TOKEN: needed together/,
    );
  });

  it('refuses half a credential', () => {
    expect(() => readConfig({ ...REQUIRED, GOOGLE_CLIENT_ID: 'x' })).toThrow(
      /GOOGLE_CLIENT_SECRET/,
    );
  });

  it('refuses a malformed value by its name, without repeating a secret', () => {
    const bad = { ...REQUIRED, API_PORT: 'eighty', JWT_SECRET: 'short' };
    expect(() => readConfig(bad)).toThrow(/API_PORT/);
    expect(() => readConfig(bad)).not.toThrow(/short\b/);
  });
});
