import type { AuditRow } from '../../db/audit-store.ts';
import { iso } from './time.ts';

/** `actorId` null: the product itself. */
export function auditView({ id, at, actorId, ownerId, act, inboxId, subject, count }: AuditRow) {
  return { id, at: iso(at), actorId, ownerId, act, inboxId, subject, count };
}

export type AuditEntryView = ReturnType<typeof auditView>;
