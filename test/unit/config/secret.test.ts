import { randomBytes } from 'node:crypto';
import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Config, readConfig } from '../../../config/config.ts';
import { createLog } from '../../../config/log.ts';
import { gmailOptions } from '../../../session/gmail-kit.ts';
import { graphOptions } from '../../../session/graph-kit.ts';

const key = () => randomBytes(32).toString('base64');
const ENVIRONMENT = {
  DATABASE_URL_API: 'postgres://api:hidden-1@localhost/s',
  DATABASE_URL_WORKER: 'postgres://worker:hidden-2@localhost/s',
  INBOX_KEYS_VAULT_URL: 'https://vault.example',
  INBOX_KEYS_VAULT_TOKEN: 'hidden-3',
  TEMPORAL_API_KEY: 'hidden-9',
  TEMPORAL_TLS_CA: 'hidden-10',
  TEMPORAL_TLS_CERT: 'hidden-11',
  TEMPORAL_TLS_KEY: 'hidden-12',
  OTEL_EXPORTER_OTLP_HEADERS: 'token=hidden-13',
  MASTER_KEYS: `k1:${key()}`,
  LOOKUP_KEY: key(),
  PAYLOAD_KEYS: `p1:${key()}`,
  CODEC_TOKEN: 'hidden-4-and-thirty-two-characters',
  JWT_SECRET: 'hidden-5-and-thirty-two-characters',
  GOOGLE_CLIENT_ID: 'google',
  GOOGLE_CLIENT_SECRET: 'hidden-6',
  MICROSOFT_CLIENT_ID: 'microsoft',
  MICROSOFT_CLIENT_SECRET: 'hidden-7',
  SMTP_URL: 'smtp://user:hidden-8@host:587',
};

const config: Config = readConfig(ENVIRONMENT);
const SECRETS = Object.keys(config.secrets) as (keyof Config['secrets'])[];
/** Every secret, and each part of it that is one. */
const shown = (text: string): string[] =>
  SECRETS.flatMap((name) => ENVIRONMENT[name].split(/[:@,]/))
    .filter((part) => part.length > 7 && !/^\/\//.test(part))
    .filter((part) => text.includes(part));

const holders = (): Record<string, unknown> => ({
  config,
  secrets: config.secrets,
  gmail: gmailOptions(config),
  graph: graphOptions(config),
  deep: { of: [{ config: config.secrets.MASTER_KEYS }] },
});

describe('a secret of the environment (I6)', () => {
  it('is there for whoever asks for it', () => {
    for (const name of SECRETS) expect(config.secrets[name]?.reveal()).toBe(ENVIRONMENT[name]);
  });

  it('is in nothing that is printed', () => {
    for (const value of [...Object.values(holders()), ...Object.values(config.secrets)]) {
      const printed = [
        ...[
          String(value),
          `${value}`,
          JSON.stringify(value),
          format('%s %o %O %j', ...Array(4).fill(value)),
        ],
        inspect(value, { depth: 9, showHidden: true, getters: true }),
        JSON.stringify({ ...(value as object) }),
        new Error(`failed with ${value}`, { cause: value }).stack,
      ];
      expect(shown(printed.join('\n'))).toEqual([]);
    }
    expect(shown(ENVIRONMENT.SMTP_URL)).not.toEqual([]);
  });
});

describe('the log', () => {
  /** What is written for a call of the log. */
  const logged = (fields: object): string => {
    const lines: string[] = [];
    createLog('test', 'info', { write: (line) => lines.push(line) }).info(fields, 'words');
    return lines.join('');
  };

  it('shows no secret, whatever object it is handed', () => {
    const line = logged(holders());
    expect(line).toContain('words');
    expect(shown(line)).toEqual([]);
  });

  it('drops fields of that name, of libraries too', () => {
    const names = [
      'authorization',
      'cookie',
      'headers',
      'password',
      'clientSecret',
      'refresh_token',
    ];
    const fields = Object.fromEntries(names.map((name) => [name, 'hidden-9']));
    const line = logged({
      ...fields,
      request: fields,
      error: Object.assign(new Error('x'), fields),
    });
    expect(line).toContain('words');
    expect(line).not.toContain('hidden-9');
  });
});
