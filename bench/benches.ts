import type { Outcome } from './figures.ts';
import { gmailQuota } from './gmail-quota.ts';
import { type GmailRun, runGmail } from './gmail-run.ts';
import { gmailTime } from './gmail-time.ts';
import { overhead } from './overhead.ts';

/** What several benches look at is run once. */
export interface Shared {
  gmailRun: () => Promise<GmailRun>;
}

export type Bench = (shared: Shared) => Promise<Outcome>;

/** By name, in the order in which all of them run. */
export const BENCHES: Readonly<Record<string, Bench>> = {
  'gmail-quota': async ({ gmailRun }) => gmailQuota(await gmailRun()),
  'gmail-time': async ({ gmailRun }) => gmailTime(await gmailRun()),
  overhead,
};

export function createShared(): Shared {
  let running: Promise<GmailRun> | undefined;
  return {
    gmailRun: () => {
      running ??= runGmail();
      return running;
    },
  };
}
