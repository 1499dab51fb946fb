export interface ImportRule {
  /** Files or, with a trailing slash, folders of ours that may be imported besides the own folder. */
  allowed: readonly string[];
  /** The same, for `import type` only. */
  types?: readonly string[];
}

const ANYTHING = [''];

/** What does the work, outside of workflows and processes. */
const WORKING_PARTS = [
  'domain/',
  'config/',
  'concurrency/',
  'crypto/',
  'codec/',
  'db/',
  'metrics/',
  'providers/',
  'session/',
  'vault/',
  'webhooks/',
] as const;

/** Who may import whom, of our own code, by top-level folder. A folder without a rule is an error. */
export const IMPORT_RULES: Readonly<Record<string, ImportRule>> = {
  // Pure, so that it runs in workflows, tests and simulations alike.
  domain: { allowed: [] },
  // Helpers for promises, which know nothing of mail.
  concurrency: { allowed: [] },
  config: { allowed: ['domain/'] },
  // Counted in one place, from wherever something happens.
  metrics: { allowed: [] },
  crypto: { allowed: ['domain/', 'config/'] },
  // What crosses to Temporal. Its failure converter is bundled with the workflows.
  codec: { allowed: ['crypto/', 'config/', 'domain/'] },
  db: { allowed: ['concurrency/', 'domain/', 'config/', 'crypto/'] },
  // Providers know nothing of where mail is kept.
  providers: { allowed: ['concurrency/', 'domain/', 'config/'] },
  vault: { allowed: ['domain/', 'config/', 'crypto/', 'db/'] },
  // The web, as seen from an endpoint that somebody typed in.
  webhooks: { allowed: ['domain/', 'config/'] },
  session: { allowed: [...WORKING_PARTS] },
  // Activities run elsewhere: a workflow that imported one by value would bundle the database.
  workflows: { allowed: ['domain/'], types: ['activities/'] },
  activities: { allowed: [...WORKING_PARTS, 'workflows/messages.ts'] },
  api: {
    allowed: [
      ...[...WORKING_PARTS, 'temporal/', 'tracing/'],
      ...['workflows/ids.ts', 'workflows/messages.ts', 'workflows/search-attributes.ts'],
      'web/outcomes.ts',
    ],
  },
  // What processes and the stack share of Temporal.
  temporal: { allowed: ['domain/', 'config/'] },
  // Where traces are sent to; loaded where they are.
  tracing: { allowed: ['config/'] },
  // The page in the browser: it knows the API's answers by their types alone.
  web: { allowed: [], types: ['api/'] },
  worker: { allowed: [...WORKING_PARTS, 'activities/', 'temporal/', 'tracing/', 'workflows/'] },
  // Shares no code with the adapters, so that each checks the other.
  emulator: { allowed: [] },
  // Starts the product as child processes; of its code it needs only what prepares the ground.
  stack: { allowed: ['db/migrate.ts', 'emulator/', 'temporal/'], types: ['setup/steps.ts'] },
  // These wire everything together, and nobody imports them.
  setup: { allowed: ANYTHING },
  demo: { allowed: ANYTHING },
  bench: { allowed: ANYTHING },
  test: { allowed: ANYTHING },
};

/** Folders whose code runs in production, where dev dependencies are not installed. */
export const PRODUCTION: readonly string[] = [
  ...WORKING_PARTS.map((folder) => folder.slice(0, -1)),
  'activities',
  'api',
  'web',
  'temporal',
  'tracing',
  'worker',
  'workflows',
];
