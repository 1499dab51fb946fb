/** Looking at mail: noted once an hour, as pages are loaded again and again. */
const READS = ['timeline.read', 'thread.read', 'message.read', 'attachment.read'] as const;

/** Each is noted every time. */
const CHANGES = [
  'session.opened',
  'session.closed',
  'inbox.connected',
  'inbox.reconnected',
  'inbox.disconnected',
  'inbox.scope_changed',
  'inbox.explained',
  'grant.revoked',
  'thread.shared',
  'thread.unshared',
  'history.delete_requested',
  'history.deleted',
  'data.exported',
  'audit.exported',
  'contacts.changed',
  'contacts.removed',
  'backfill.replayed',
  'sending.turned_on',
  'sending.turned_off',
  'message.sent',
  'message.cancelled',
  'webhook.created',
  'webhook.changed',
  'webhook.deleted',
  'ops.read',
  'ops.acted',
] as const;

/**
 * Everything the audit log can say was done: a closed set, since its readers filter by it. Past
 * tense, as an entry is written in the transaction of the act.
 */
export const AUDIT_ACTS = [...READS, ...CHANGES] as const;

export type AuditAct = (typeof AUDIT_ACTS)[number];

const reads: ReadonlySet<string> = new Set(READS);

export const isRead = (act: AuditAct): boolean => reads.has(act);
