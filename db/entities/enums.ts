/** The values of checked columns, in the order in which the migrations list them. */
export const PROVIDERS = ['gmail', 'outlook'] as const;
export const INBOX_STATUSES = ['connected', 'needs_reconnect', 'disconnected', 'deleting'] as const;
export const BACKFILL_KINDS = [
  'initial',
  'contacts',
  'scope',
  'gap',
  'recheck',
  'replay',
  'check',
] as const;
export const BACKFILL_STATES = [
  'requested',
  'running',
  'completed',
  'completed_with_failures',
  'failed',
  'cancelled',
] as const;
export const VERDICT_KINDS = ['stored', 'skipped', 'gone', 'failed'] as const;
export const DIRECTIONS = ['inbound', 'outbound'] as const;
export const GAP_CAUSES = [
  'cursor_expired',
  'disconnected',
  'revoked',
  'downtime',
  'missed_notification',
  'scope_gone',
  'missed',
] as const;
export const INBOX_PROBLEMS = ['scope_gone'] as const;
export const COMMAND_KINDS = ['open', 'wake', 'close', 'delete'] as const;
export const OUTGOING_STATES = [
  'queued',
  'sending',
  'sent',
  'unknown',
  'failed',
  'cancelled',
] as const;
export const ENDPOINT_STATES = ['active', 'disabled'] as const;
export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'dropped'] as const;
