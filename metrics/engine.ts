import { Counter, Histogram } from 'prom-client';

/**
 * What the engine counts, in this process, from its start. Labels are closed sets: never an id, an
 * address or anything else of a user. Each is named in ops/ and docs/operations.md.
 */

export const quotaUnits = new Counter({
  name: 'sambandh_quota_units_total',
  help: 'Quota units spent at the providers, by lane.',
  labelNames: ['provider', 'lane'],
});

export const providerCalls = new Counter({
  name: 'sambandh_provider_calls_total',
  help: 'Calls to the providers; outcome is "ok" or the type of the failure.',
  labelNames: ['provider', 'lane', 'method', 'outcome'],
});

export const tokenRefreshes = new Counter({
  name: 'sambandh_token_refreshes_total',
  help: 'Renewals of access tokens; outcome is "ok" or the type of the failure.',
  labelNames: ['outcome'],
});

export const verdicts = new Counter({
  name: 'sambandh_verdicts_total',
  help: 'Verdicts written, again included; reason of skipped and failed ones.',
  labelNames: ['kind', 'reason'],
});

export const timelineLag = new Histogram({
  name: 'sambandh_timeline_lag_seconds',
  help: 'From the provider’s receipt of a live message to its commit on a timeline.',
  buckets: [1, 2, 5, 10, 30, 60, 300, 900, 3_600, 21_600, 86_400],
});

export const backfillsEnded = new Counter({
  name: 'sambandh_backfills_ended_total',
  help: 'Backfills that have ended, by kind and how.',
  labelNames: ['kind', 'state'],
});

export const etaError = new Histogram({
  name: 'sambandh_backfill_eta_error_seconds',
  help: 'How far a backfill’s end was from its first estimate, and on which side of it.',
  labelNames: ['provider', 'side'],
  buckets: [5, 30, 60, 300, 900, 3_600, 14_400, 86_400],
});

export const driftMended = new Counter({
  name: 'sambandh_drift_mended_total',
  help: 'Differences between Postgres and Temporal that the reconciler has mended.',
  labelNames: ['drift'],
});

export const keysNotDestroyed = new Counter({
  name: 'sambandh_keys_not_destroyed_total',
  help: 'Attempts to destroy the secret of an inbox key that no inbox uses which the key store refused.',
});

export const webhooks = new Counter({
  name: 'sambandh_webhooks_total',
  help: 'Notifications of the providers, by what became of them.',
  labelNames: ['provider', 'outcome'],
});

export const httpRequests = new Histogram({
  name: 'sambandh_http_request_seconds',
  help: 'Requests to the API, by route pattern and status.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
});
