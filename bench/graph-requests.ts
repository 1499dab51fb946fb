import type { Outcome } from './figures.ts';
import { AT_ONCE, type GraphRun, MAILBOX } from './graph-run.ts';

/** Addresses a query, messages a page, and hits over matches, by reference/providers.md section C. */
const CONTACTS_PER_QUERY = 15;
const MESSAGES_PER_PAGE = 50;
const DUPLICATES = 1.1;

/** Strategy H1: every query over one window, as many pages as its share of the hits takes. */
export const leastRequests = ({ contacts, matching }: { contacts: number; matching: number }) => {
  const queries = Math.ceil(contacts / CONTACTS_PER_QUERY);
  const pages = Math.ceil((matching * DUPLICATES) / (queries * MESSAGES_PER_PAGE));
  return queries * Math.max(1, pages);
};

/** What a backfill asks of the mailbox, and whether the provider ever had to refuse. */
export function graphRequests(run: GraphRun): Outcome {
  const bench = 'graph-requests';
  const least = leastRequests(MAILBOX);
  return {
    figures: [
      {
        bench,
        figure: 'requests_over_least',
        value: run.requests / least,
        unit: 'ratio',
        bound: 1.1,
        better: 'lower',
      },
      {
        bench,
        figure: 'max_concurrent',
        value: run.maxConcurrent,
        unit: 'requests',
        bound: AT_ONCE,
        better: 'lower',
      },
      {
        bench,
        figure: 'throttled',
        value: run.throttled,
        unit: 'answers',
        bound: 0,
        better: 'lower',
      },
    ],
    parameters: run.parameters,
    samples: {
      requests: run.requests,
      leastRequests: least,
      // From the plan to the receipt: folders and their special ones, then searches.
      calls: run.calls,
      // Before the plan: not part of the ratio.
      connectCalls: run.connectCalls,
    },
  };
}
