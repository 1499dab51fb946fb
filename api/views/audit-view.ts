import { z } from 'zod';
import type { AuditRow } from '../../db/audit-store.ts';
import { AUDIT_ACTS } from '../../domain/audit.ts';
import { iso, timeSchema } from './time.ts';

export const auditEntrySchema = z
  .object({
    id: z.uuid(),
    at: timeSchema,
    actorId: z.string().nullable().describe('Null: the product itself.'),
    ownerId: z.string().describe('Whose data it was.'),
    act: z.enum(AUDIT_ACTS),
    inboxId: z.uuid().nullable(),
    subject: z
      .string()
      .nullable()
      .describe('The id of a message, thread, contact or deletion, or the kind of a scope.'),
    count: z.int().nullable().describe('Of how many, for acts in bulk.'),
  })
  .meta({ id: 'AuditEntry', description: 'Ids and times, no content.' });

export type AuditEntryView = z.output<typeof auditEntrySchema>;

export function auditView({
  id,
  at,
  actorId,
  ownerId,
  act,
  inboxId,
  subject,
  count,
}: AuditRow): AuditEntryView {
  return { id, at: iso(at), actorId, ownerId, act, inboxId, subject, count };
}
