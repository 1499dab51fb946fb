import { atMost, type Outcome } from './figures.ts';
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
  const least = leastRequests(MAILBOX);
  return {
    figures: [
      atMost('requests_over_least', run.requests / least, 'ratio', 1.1),
      atMost('max_concurrent', run.maxConcurrent, 'requests', AT_ONCE),
      atMost('throttled', run.throttled, 'answers', 0),
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
