import { Client } from 'pg';
import type { EmulatorControl } from '../emulator/index.ts';
import { createSteps } from '../setup/steps.ts';
import { type Product, startProduct } from '../stack/product.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { buildWorkflowBundle } from '../test/support/workflow-bundle.ts';

/** The whole product as processes, on servers of its own that nothing else uses. */
export interface Rig extends AsyncDisposable {
  readonly stack: Stack;
  readonly product: Product;
  readonly emulator: EmulatorControl;
  /** Owner of the product's database: sees every row, to measure by. */
  readonly db: Client;
}

export interface RigOptions {
  /** Laid over the environment of API and worker. */
  env?: Record<string, string>;
  /** Of every HTTP answer of the provider. */
  latencyMs?: number;
}

/** Progress belongs to people; standard output holds figures only. */
export const steps = createSteps(process.stderr);

export async function startRig({ env = {}, latencyMs = 0 }: RigOptions): Promise<Rig> {
  await using starting = new AsyncDisposableStack();
  const stack = starting.use(await startStack({ ui: false }, steps));
  const product = starting.use(
    await steps.run('API, worker and provider emulator', async () =>
      startProduct({
        postgresUrl: stack.postgres.url,
        temporalAddress: stack.temporal.address,
        ...(stack.smtp && { smtpUrl: stack.smtp.smtpUrl }),
        env: { LOG_LEVEL: 'warn', WORKFLOW_BUNDLE: await buildWorkflowBundle(), ...env },
        log: say,
      }),
    ),
  );
  const db = new Client({ connectionString: product.databaseUrl });
  await db.connect();
  starting.defer(() => db.end());
  const { emulator } = product;
  await emulator.setLatency({ rules: [{ ms: latencyMs }] });
  const running = starting.move();
  return { stack, product, emulator, db, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Warnings of the product are part of what a bench found. */
function say(name: string, line: string): void {
  if (name !== 'emulator') steps.say(`  ${name}: ${line}`);
}

/** Settings of both sides under which quota neither waits nor refuses. */
export const UNLIMITED = {
  env: { GMAIL_UNITS_PER_MINUTE: '0', GMAIL_PROJECT_UNITS_PER_MINUTE: '0' },
  emulator: { unitsPerUserMinute: 1e12, unitsPerProjectMinute: 1e12 },
} as const;
