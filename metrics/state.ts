import { Gauge } from 'prom-client';

/** What stands in Postgres, by label value. Read at each scrape, by the API. */
export interface StateCounts {
  inboxes: { status: string; count: number }[];
  backfills: { state: string; count: number }[];
  /** Opened within a day, closed ones too. */
  gaps: { cause: string; count: number }[];
  /** Of connected inboxes, ended without everything that a replay may bring, and not replayed. */
  failedBackfills: number;
  /** Since the connected inbox that was synced least recently was at the provider's head. */
  unsyncedSeconds: number;
  openGaps: number;
  oldestGapSeconds: number;
  untoldCommands: number;
  oldestCommandSeconds: number;
  inboxesWithProblem: number;
}

const SINGLE = {
  sambandh_backfills_failed: ['failedBackfills', 'Ended without everything, not replayed.'],
  sambandh_inbox_unsynced_seconds: [
    'unsyncedSeconds',
    'Since the least recently synced inbox was.',
  ],
  sambandh_gaps_open: ['openGaps', 'Gaps not closed yet.'],
  sambandh_gap_oldest_seconds: ['oldestGapSeconds', 'Age of the oldest open gap.'],
  sambandh_commands_untold: ['untoldCommands', 'Decisions that Temporal was not told of yet.'],
  sambandh_command_oldest_seconds: ['oldestCommandSeconds', 'Age of the oldest of them.'],
  sambandh_inboxes_with_problem: ['inboxesWithProblem', 'Connected, and cannot sync.'],
} as const;

/** Gauges of one scrape are collected at once: they share a look at Postgres. */
const SHARED_MS = 1_000;

/** Gauges of the whole deployment, alike in every API process: take the maximum, not the sum. */
export function gaugeState(read: () => Promise<StateCounts>): void {
  let last: { at: number; state: Promise<StateCounts | null> } | null = null;
  const look = (): Promise<StateCounts | null> => {
    const now = performance.now();
    if (!last || now - last.at > SHARED_MS) last = { at: now, state: read().catch(() => null) };
    return last.state;
  };
  gauge('sambandh_state_read', '1 when Postgres could be read for this scrape.', [], async (own) =>
    own.set((await look()) ? 1 : 0),
  );
  gauge('sambandh_inboxes', 'Inboxes by status.', ['status'], async (own) => {
    for (const { status, count } of (await look())?.inboxes ?? []) own.set({ status }, count);
  });
  gauge('sambandh_backfills_open', 'Backfills that have not ended.', ['state'], async (own) => {
    for (const { state, count } of (await look())?.backfills ?? []) own.set({ state }, count);
  });
  gauge('sambandh_gaps_of_day', 'Gaps opened within a day, by cause.', ['cause'], async (own) => {
    for (const { cause, count } of (await look())?.gaps ?? []) own.set({ cause }, count);
  });
  for (const [name, [field, help]] of Object.entries(SINGLE)) {
    gauge(name, help, [], async (own) => {
      const state = await look();
      if (state) own.set(state[field]);
    });
  }
}

function gauge(
  name: string,
  help: string,
  labelNames: string[],
  fill: (own: Gauge) => Promise<void>,
): void {
  new Gauge({
    name,
    help,
    labelNames,
    async collect() {
      // What is not there any more, and what could not be read, is not shown as it was.
      this.reset();
      await fill(this);
    },
  });
}

/** Whether this worker polls its queues. */
export function gaugeWorker(ready: () => boolean): void {
  gauge('sambandh_worker_ready', '1 while the worker takes work.', [], async (own) =>
    own.set(ready() ? 1 : 0),
  );
}
