import { deleteBench } from './delete.ts';
import { deploy } from './deploy.ts';
import { disconnect } from './disconnect.ts';
import { events } from './events.ts';
import type { Outcome } from './figures.ts';
import { firstMail } from './first-mail.ts';
import { gmailQuota } from './gmail-quota.ts';
import { type GmailRun, runGmail } from './gmail-run.ts';
import { gmailTime } from './gmail-time.ts';
import { graphRequests } from './graph-requests.ts';
import { type GraphRun, runGraph } from './graph-run.ts';
import { graphTime } from './graph-time.ts';
import { historyCost } from './history-cost.ts';
import { idle } from './idle.ts';
import { overhead } from './overhead.ts';
import { page } from './page.ts';
import { push } from './push.ts';
import { sealBench } from './seal.ts';
import { timeline } from './timeline.ts';

/** What several benches look at is run once. */
export interface Shared {
  gmailRun: () => Promise<GmailRun>;
  graphRun: () => Promise<GraphRun>;
}

export type Bench = (shared: Shared) => Promise<Outcome>;

/** By name, in the order in which all of them run. */
export const BENCHES: Readonly<Record<string, Bench>> = {
  'gmail-quota': async ({ gmailRun }) => gmailQuota(await gmailRun()),
  'gmail-time': async ({ gmailRun }) => gmailTime(await gmailRun()),
  'graph-requests': async ({ graphRun }) => graphRequests(await graphRun()),
  'graph-time': async ({ graphRun }) => graphTime(await graphRun()),
  'history-cost': async ({ gmailRun }) => historyCost(await gmailRun()),
  overhead,
  'first-mail': firstMail,
  disconnect,
  push,
  events,
  delete: deleteBench,
  deploy,
  idle,
  seal: sealBench,
  timeline,
  page,
};

export function createShared(): Shared {
  return { gmailRun: once(runGmail), graphRun: once(runGraph) };
}

function once<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= run();
    return running;
  };
}
