import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Secret } from './secret.ts';

/**
 * The only reader of the environment. Every setting is documented in `.env.example`, which a test
 * holds against this schema. Secrets are a separate object, of values that print as nothing.
 */

const url = z.url({ protocol: /^https?$/ });
const positiveInt = z.coerce.number().int().positive();
const count = z.coerce.number().int().nonnegative();
/** JSON object of method → units, laid over the price list. */
const jsonObject = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON, such as {"messages.get": 5}' });
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string(), z.number().int().nonnegative()));
const origin = url.refine((value) => new URL(value).origin === value, 'must be an origin alone');
/** Comma separated origins, such as `https://crm.example`. */
const origins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .pipe(z.array(origin));
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

const settingsSchema = z.object({
  PUBLIC_URL: url.default('http://127.0.0.1:8080'),
  API_HOST: z.string().default('127.0.0.1'),
  API_PORT: count.default(8080),
  RETURN_TO_ORIGINS: origins.default([]),
  METRICS_HOST: z.string().default('127.0.0.1'),
  API_METRICS_PORT: count.optional(),
  WORKER_METRICS_PORT: count.optional(),
  TEMPORAL_METRICS_PORT: count.optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),

  TEMPORAL_ADDRESS: z.string().default('127.0.0.1:7233'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_TASK_QUEUE: z.string().default('sambandh'),
  TEMPORAL_TLS: flag.default(false),
  TEMPORAL_TLS_SERVER_NAME: z.string().optional(),
  TEMPORAL_DEPLOYMENT: z.string().optional(),
  TEMPORAL_BUILD_ID: z.string().optional(),
  TEMPORAL_UI_ORIGIN: origin.optional(),
  WORKFLOW_BUNDLE: z.string().optional(),
  WORKFLOWS_CACHED: positiveInt.default(500),

  DATABASE_POOL_MAX: positiveInt.default(10),

  INBOX_KEYS_DIR: z.string().optional(),
  INBOX_KEYS_VAULT_URL: url.optional(),
  INBOX_KEYS_VAULT_MOUNT: z.string().default('transit'),
  INBOX_KEYS_TIMEOUT_MS: positiveInt.default(2_000),

  JWT_ISSUER: z.string().optional(),
  JWT_AUDIENCE: z.string().optional(),
  JWT_JWKS_URL: url.optional(),

  GOOGLE_AUTHORIZE_URL: url.default('https://accounts.google.com/o/oauth2/v2/auth'),
  GOOGLE_TOKEN_URL: url.default('https://oauth2.googleapis.com/token'),
  GOOGLE_REVOKE_URL: url.default('https://oauth2.googleapis.com/revoke'),
  GOOGLE_CERTS_URL: url.default('https://www.googleapis.com/oauth2/v3/certs'),
  GOOGLE_ISSUER: z.string().default('https://accounts.google.com'),
  GMAIL_API_ROOT: url.default('https://gmail.googleapis.com'),
  GOOGLE_CLIENT_ID: z.string().optional(),
  GMAIL_PUBSUB_TOPIC: z.string().optional(),
  GMAIL_PUSH_AUDIENCE: z.string().optional(),
  GMAIL_PUSH_SERVICE_ACCOUNT: z.string().optional(),

  MICROSOFT_LOGIN_ROOT: url.default('https://login.microsoftonline.com'),
  MICROSOFT_TENANT: z
    .string()
    .regex(/^[A-Za-z0-9.-]+$/)
    .default('common'),
  GRAPH_API_ROOT: url.default('https://graph.microsoft.com'),
  MICROSOFT_CLIENT_ID: z.string().optional(),
  GRAPH_PUSH_URL: url.optional(),
  GRAPH_REQUESTS_PER_WINDOW: count.default(10_000),
  GRAPH_QUOTA_WINDOW_MS: positiveInt.default(600_000),
  GRAPH_REQUESTS_AT_ONCE: count.default(4),

  GMAIL_PRICE_LIST: z.enum(['new', 'legacy']).default('new'),
  GMAIL_PRICES: jsonObject.default({}),
  GMAIL_UNITS_PER_MINUTE: count.optional(),
  GMAIL_PROJECT_UNITS_PER_MINUTE: count.default(1_200_000),
  QUOTA_WINDOW_MS: positiveInt.default(60_000),
  GMAIL_BATCH_SIZE: positiveInt.max(50).default(20),
  GMAIL_CONTACTS_PER_QUERY: positiveInt.default(12),
  GMAIL_MAX_QUERY_CHARS: positiveInt.default(1500),
  PROVIDER_TIMEOUT_MS: positiveInt.default(30_000),

  BACKFILL_DAYS: positiveInt.default(90),
  BACKFILL_HEADERS_FIRST: z.enum(['auto', 'always', 'never']).default('auto'),
  SEARCH_LAG_RECHECK_MS: count.default(15 * 60_000),
  POLL_INTERVAL_MS: positiveInt.default(5 * 60_000),
  POLL_INTERVAL_WITH_PUSH_MS: positiveInt.default(6 * 3_600_000),
  WAKE_COALESCE_MS: count.default(2_000),
  RECONCILE_INTERVAL_MS: positiveInt.default(5 * 60_000),
  COMPLETENESS_HOUR_UTC: count.max(23).default(3),

  MAIL_FROM: z.string().default('Sambandh <no-reply@sambandh.invalid>'),

  GMAIL_RECIPIENTS_PER_DAY: positiveInt.default(400),
  OUTLOOK_RECIPIENTS_PER_DAY: positiveInt.default(1_000),
  OUTLOOK_SENDS_PER_MINUTE: count.default(25),
  SEND_LOOK_FOR_MS: positiveInt.default(10 * 60_000),

  EVENTS_ALLOW_PRIVATE_URLS: flag.default(false),
  EVENTS_TIMEOUT_MS: positiveInt.default(15_000),
  EVENTS_RETRY_FIRST_MS: positiveInt.default(1_000),
  EVENTS_DISABLE_AFTER_DAYS: positiveInt.default(5),
  EVENTS_KEPT_DAYS: positiveInt.default(30),

  RATE_LIMIT_PER_MINUTE: positiveInt.default(600),
  TRUST_PROXY: flag.default(false),
});

/** Both processes need all of these: the API makes provider calls in the worker's role. */
const secret = (text: z.ZodString) => text.transform((value) => new Secret(value));
const required = secret(z.string({ error: 'not set' }).min(1));
const optional = secret(z.string()).optional();

const secretsSchema = z.object({
  DATABASE_URL_API: required,
  DATABASE_URL_WORKER: required,
  TEMPORAL_API_KEY: optional,
  TEMPORAL_TLS_CA: optional,
  TEMPORAL_TLS_CERT: optional,
  TEMPORAL_TLS_KEY: optional,
  OTEL_EXPORTER_OTLP_HEADERS: optional,
  MASTER_KEYS: required,
  INBOX_KEYS_VAULT_TOKEN: optional,
  LOOKUP_KEY: required,
  PAYLOAD_KEYS: required,
  CODEC_TOKEN: secret(
    z.string().regex(/^[A-Za-z0-9_-]{32,}$/, 'must be 32 or more of A-Z a-z 0-9 _ -'),
  ).optional(),
  JWT_SECRET: secret(z.string().min(32)).optional(),
  GOOGLE_CLIENT_SECRET: optional,
  MICROSOFT_CLIENT_SECRET: optional,
  SMTP_URL: optional,
});

export type Settings = Readonly<z.infer<typeof settingsSchema>>;
export type Secrets = Readonly<z.infer<typeof secretsSchema>>;
export type Config = Readonly<{ settings: Settings; secrets: Secrets }>;

/** Names of every setting, for the test that holds `.env.example` to them. */
export const SETTING_NAMES = [
  ...Object.keys(settingsSchema.shape),
  ...Object.keys(secretsSchema.shape),
];

/** What is wrong with the environment, all of it at once, each with what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Record<string, string | undefined>;

/** @throws ConfigError naming every setting that is missing or malformed */
export function readConfig(environment: Environment = process.env): Config {
  const given = withFiles(withoutEmpty(environment));
  const settings = settingsSchema.safeParse(given);
  const secrets = secretsSchema.safeParse(given);
  const problems = [
    ...(settings.error?.issues ?? []).map(describe),
    ...(secrets.error?.issues ?? []).map(describe),
    ...partialGroups(given),
    ...keyProblems(given),
  ];
  if (problems.length > 0 || !settings.success || !secrets.success) {
    throw new ConfigError(
      `The environment is not complete:\n${problems.map((p) => `  - ${p}`).join('\n')}\n` +
        'Each setting is explained in .env.example; copy it to .env and fill it in.',
    );
  }
  return Object.freeze({
    settings: Object.freeze(settings.data),
    secrets: Object.freeze(secrets.data),
  });
}

/** A setting left empty in a dotenv file means "not set". */
function withoutEmpty(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

/** NAME_FILE=/run/secrets/x gives NAME from that file, as container secrets do. */
function withFiles(environment: Environment): Environment {
  const read: Environment = { ...environment };
  for (const name of Object.keys(secretsSchema.shape)) {
    const path = environment[`${name}_FILE`];
    if (path && !environment[name]) read[name] = readSecret(`${name}_FILE`, path);
  }
  return read;
}

function readSecret(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(`${name} names a file that cannot be read (${code}): ${path}`);
  }
}

function describe(issue: z.core.$ZodIssue): string {
  return `${issue.path.join('.')}: ${issue.message}`;
}

/** Half a credential is worse than none: it fails later, in front of a user. */
function partialGroups(environment: Environment): string[] {
  const problems: string[] = [];
  const together = [
    ['GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'],
    ['INBOX_KEYS_VAULT_URL', 'INBOX_KEYS_VAULT_TOKEN'],
    ['MICROSOFT_CLIENT_ID', 'MICROSOFT_CLIENT_SECRET'],
    ['TEMPORAL_TLS_CERT', 'TEMPORAL_TLS_KEY'],
    ['TEMPORAL_DEPLOYMENT', 'TEMPORAL_BUILD_ID'],
    ['GMAIL_PUBSUB_TOPIC', 'GMAIL_PUSH_AUDIENCE', 'GMAIL_PUSH_SERVICE_ACCOUNT'],
  ];
  for (const group of together) {
    const missing = group.filter((name) => !environment[name]);
    if (missing.length > 0 && missing.length < group.length) {
      problems.push(`${missing.join(', ')}: needed together with ${group.join(', ')}`);
    }
  }
  if (!environment.JWT_SECRET && !environment.JWT_JWKS_URL) {
    problems.push('JWT_SECRET or JWT_JWKS_URL: one is needed to know who calls');
  }
  return problems;
}

function keyProblems(environment: Environment): string[] {
  const { INBOX_KEYS_DIR: directory, INBOX_KEYS_VAULT_URL: vault } = environment;
  const problems: string[] = [];
  if ((directory === undefined) === (vault === undefined)) {
    problems.push(
      `INBOX_KEYS_DIR or INBOX_KEYS_VAULT_URL: ${directory ? 'only one of them' : 'one is needed'}` +
        ' to say where the secrets of inbox keys are kept',
    );
  }
  for (const [first, second] of twins(environment)) {
    problems.push(`${first} and ${second} hold the same key: each needs one of its own`);
  }
  return problems;
}

/** Settings that share a key: whoever learns one would hold the other. */
function twins(environment: Environment): [string, string][] {
  const owners = new Map<string, string>();
  return ['MASTER_KEYS', 'LOOKUP_KEY', 'PAYLOAD_KEYS', 'JWT_SECRET', 'CODEC_TOKEN'].flatMap(
    (name) =>
      keysIn(environment[name] ?? '').flatMap((key): [string, string][] => {
        const owner = owners.get(key);
        owners.set(key, owner ?? name);
        return owner && owner !== name ? [[owner, name]] : [];
      }),
  );
}

const keysIn = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.replace(/^.*:/, '').trim())
    .filter((key) => key.length >= 32);
