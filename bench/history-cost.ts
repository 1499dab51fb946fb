import { atMost, type Outcome, unjudged } from './figures.ts';
import type { GmailRun } from './gmail-run.ts';
import { idleDays } from './idle-days.ts';
import { steps } from './rig.ts';

/** What an inbox leaves in Temporal's histories: load on the server, and replay time. */
export async function historyCost(run: GmailRun): Promise<Outcome> {
  const idle = await steps.run('A month of nothing, in skipped time', idleDays);
  const thousands = run.messages / 1_000;
  return {
    figures: [
      atMost('events_per_1000_messages', run.history.events / thousands, 'events', 6),
      unjudged('bytes_per_1000_messages', run.history.bytes / thousands, 'bytes', 'lower'),
      atMost('events_per_idle_day', idle.inboxEvents / idle.days, 'events', 50),
    ],
    parameters: { backfill: run.parameters },
    samples: { backfill: { messages: run.messages, ...run.history }, idle },
  };
}
