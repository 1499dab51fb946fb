import { atMost, type Outcome } from './figures.ts';
import { type GmailRun, MAILBOX } from './gmail-run.ts';

/** Prices of new projects and addresses a query, by reference/providers.md sections A1 and C. */
const UNITS = { getProfile: 1, list: 5, get: 20 };
const CONTACTS_PER_QUERY = 12;

/** One profile, one list call for every dozen contacts over one window, one get a match. */
export const leastUnits = ({ contacts, matching }: { contacts: number; matching: number }) =>
  UNITS.getProfile + UNITS.list * Math.ceil(contacts / CONTACTS_PER_QUERY) + UNITS.get * matching;

/** What a backfill costs of the mailbox's quota, and whether the provider ever had to refuse. */
export function gmailQuota(run: GmailRun): Outcome {
  const least = leastUnits(MAILBOX);
  return {
    figures: [
      atMost('units_over_least', run.units / least, 'ratio', 1.03),
      atMost('throttled', run.throttled, 'answers', 0),
    ],
    parameters: run.parameters,
    samples: {
      units: run.units,
      leastUnits: least,
      peakUnitsPerWindow: run.peakUnitsPerWindow,
      // The ratio includes all of these: connect, watch, send-as addresses, live peeks.
      charged: run.calls.map(({ method, format, calls, units, throttled, errors }) => ({
        ...{ method, format, calls, units, throttled, errors },
      })),
    },
  };
}
