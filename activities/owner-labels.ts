import { createHash } from 'node:crypto';
import type { InboxRow } from '../db/inbox-row.ts';
import type { Provider } from '../domain/inbox.ts';

/**
 * Whose an inbox is, for search attributes, which Temporal keeps in clear: a CRM may use addresses
 * as ids, and those stand there as a hash (I6).
 */
export function ownerLabels({ userId, orgId, provider }: InboxRow): {
  userId: string;
  orgId: string;
  provider: Provider;
} {
  return { userId: shown(userId), orgId: shown(orgId), provider };
}

/** `printf %s '<id>' | sha256sum | cut -c1-16` finds the hash of an id. */
function shown(id: string): string {
  if (!id.includes('@')) return id;
  return `sha256:${createHash('sha256').update(id).digest('hex').slice(0, 16)}`;
}
