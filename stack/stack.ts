import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Steps } from '../setup/steps.ts';
import type { SearchAttributes } from '../temporal/search-attributes.ts';
import { type RunningPostgres, resolvePostgres } from './postgres.ts';
import { type SmtpCatcher, startSmtpCatcher } from './smtp-catcher.ts';
import { type RunningTemporal, resolveTemporal } from './temporal.ts';

export interface StackOptions {
  /** Serves the Temporal UI. */
  ui: boolean;
  /** For the UI: where payloads are decoded. */
  uiCodecEndpoint?: string;
  /** Catches outgoing mail and shows it. Default true. */
  smtp?: boolean;
  /** A directory that keeps Postgres and Temporal between runs. Left out: all is forgotten. */
  stateDir?: string;
  searchAttributes?: SearchAttributes;
}

export interface Stack extends AsyncDisposable {
  readonly postgres: RunningPostgres;
  readonly temporal: RunningTemporal;
  /** Present unless switched off. */
  readonly smtp?: SmtpCatcher;
  stop(): Promise<void>;
}

/**
 * Everything that our own processes need around them, started at once. DATABASE_URL and
 * TEMPORAL_ADDRESS name what runs already and is used instead.
 */
export const startStack = async (options: StackOptions, steps: Steps): Promise<Stack> => {
  const { stateDir, searchAttributes, ui, uiCodecEndpoint } = options;
  if (stateDir) await mkdir(stateDir, { recursive: true });
  await using starting = new AsyncDisposableStack();

  const postgres = steps.run(
    'Postgres',
    async () =>
      starting.use(
        await resolvePostgres({
          durable: stateDir !== undefined,
          ...(stateDir && { dataDir: join(stateDir, 'postgres') }),
        }),
      ),
    ({ ours }) => (ours ? '' : 'of DATABASE_URL'),
  );
  const temporal = steps.run(
    'Temporal server',
    async ({ note }) =>
      starting.use(
        await resolveTemporal({
          ui,
          say: note,
          ...(uiCodecEndpoint && { uiCodecEndpoint }),
          ...(stateDir && { dbFilename: join(stateDir, 'temporal.db') }),
          ...(searchAttributes && { searchAttributes }),
        }),
      ),
    ({ version, ours }) => (ours ? version : `${version} of TEMPORAL_ADDRESS`),
  );
  const smtp =
    options.smtp === false
      ? undefined
      : steps.run('Mail catcher', async () => starting.use(await startSmtpCatcher()));

  // All must settle before a failure is passed on, or what starts late would never be stopped.
  await Promise.allSettled([postgres, temporal, smtp]);
  const parts = { postgres: await postgres, temporal: await temporal };
  const caught = await smtp;
  const running = starting.move();
  const stop = () => running.disposeAsync();
  return { ...parts, ...(caught && { smtp: caught }), stop, [Symbol.asyncDispose]: stop };
};
