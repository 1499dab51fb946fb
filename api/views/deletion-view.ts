import { z } from 'zod';
import type { Deletion } from '../../db/deletion-store.ts';
import { iso, isoOrNull, timeSchema } from './time.ts';

export const deletionSchema = z
  .object({
    id: z.uuid(),
    inboxId: z.uuid(),
    state: z.enum(['running', 'finished']),
    requestedAt: timeSchema,
    keyDestroyedAt: timeSchema.nullable().describe('From then on nothing synced can be read.'),
    finishedAt: timeSchema.nullable(),
    messagesDeleted: z.int().nonnegative(),
    verdictsDeleted: z.int().nonnegative(),
  })
  .meta({ id: 'Deletion', description: 'Counts and times only, no content.' });

export function deletionView(inboxId: string, deletion: Deletion): z.output<typeof deletionSchema> {
  return {
    id: deletion.id,
    inboxId,
    state: deletion.finishedAt === null ? 'running' : 'finished',
    requestedAt: iso(deletion.requestedAt),
    keyDestroyedAt: isoOrNull(deletion.keyDestroyedAt),
    finishedAt: isoOrNull(deletion.finishedAt),
    messagesDeleted: deletion.messagesDeleted,
    verdictsDeleted: deletion.verdictsDeleted,
  };
}
