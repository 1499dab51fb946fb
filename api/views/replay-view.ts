import { z } from 'zod';
import type { ReplayOutcome } from '../../db/replay-store.ts';
import { notFound, Problem } from '../problem.ts';

const WORDS = {
  requested: 'A new run goes through what failed or is missing.',
  running: 'It is being worked on: look at this run.',
  whole: 'Nothing of it failed or is missing any more.',
} as const;

export const replaySchema = z
  .object({
    outcome: z.enum(['requested', 'running', 'whole']),
    id: z.string().describe('The run that has it, as <inbox id>.<n>.'),
    inboxId: z.uuid(),
    n: z.int().positive(),
    message: z.string(),
  })
  .meta({ id: 'Replay' });

/** @throws Problem `not-found`; `inbox-not-connected` */
export function replayAnswer(inboxId: string, replay: ReplayOutcome | null) {
  if (!replay) throw notFound('backfill');
  const { outcome, n } = replay;
  if (outcome === 'not_connected') {
    throw new Problem(
      'inbox-not-connected',
      'Its backfills go on, and can be replayed, once it is.',
    );
  }
  const body = { outcome, id: `${inboxId}.${n}`, inboxId, n, message: WORDS[outcome] };
  return outcome === 'requested' ? { status: 202 as const, body } : { status: 200 as const, body };
}
