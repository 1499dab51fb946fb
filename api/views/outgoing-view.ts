import { z } from 'zod';
import { OUTGOING_STATES } from '../../db/entities/enums.ts';
import type { OutgoingFailure, OutgoingRow, OutgoingState } from '../../db/outgoing-store.ts';
import { iso, isoOrNull, timeSchema } from './time.ts';

const WORDS: Record<OutgoingState, string> = {
  queued: 'It waits to be sent.',
  sending: 'It is being sent, or has been: we are looking for it in the mailbox.',
  sent: 'It was sent. It comes onto the timelines of the contacts among its recipients within moments.',
  unknown:
    'It may have been sent: what became of the call to the mail provider could not be learned. It is not sent again by itself: look into Sent before you send it anew.',
  failed: 'It was not sent.',
  cancelled: 'It was cancelled before it went.',
};

const FAILURES = [
  'refused',
  'permission_missing',
  'access_lost',
  'expired',
  'sending_turned_off',
  'inbox_not_connected',
] as const satisfies readonly OutgoingFailure[];

export const outgoingSchema = z.object({
  id: z.uuid(),
  inboxId: z.uuid(),
  idempotencyKey: z.string(),
  state: z.enum(OUTGOING_STATES),
  stateWords: z.string(),
  failure: z.enum(FAILURES).nullable(),
  recipients: z.int().positive().describe('How many there are in To, Cc and Bcc together.'),
  createdAt: timeSchema,
  nextAttemptAt: timeSchema.nullable().describe('Set while queued: later after a sending limit.'),
  settledAt: timeSchema.nullable(),
  threadId: z.string().nullable(),
});

export function outgoingView(row: OutgoingRow): z.output<typeof outgoingSchema> {
  const { id, inboxId, idempotencyKey, state, failure, recipients } = row;
  return {
    ...{ id, inboxId, idempotencyKey, state, stateWords: WORDS[state], failure, recipients },
    createdAt: iso(row.createdAt),
    nextAttemptAt: state === 'queued' ? iso(row.dueAt) : null,
    settledAt: isoOrNull(row.settledAt),
    threadId: row.providerThreadId,
  };
}
