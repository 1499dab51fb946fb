import { z } from 'zod';
import type { AuditView } from '../db/audit-store.ts';
import type { Caller } from './auth.ts';
import { Problem } from './problem.ts';

export const auditOf = z
  .enum(['own', 'org'])
  .default('own')
  .describe(
    'What the caller did and what was done to theirs, or, with the role ops or admin, the org’s.',
  );

const OPERATORS = ['ops', 'admin'];

/**
 * Row-level security decides what is shown; this only says why so little would be.
 * @throws Problem `role-missing`
 */
export function requireAuditView(of: AuditView, { roles }: Caller): void {
  if (of === 'own' || OPERATORS.some((role) => roles.includes(role))) return;
  throw new Problem('role-missing', 'Your token shows your own part of the audit log only.');
}
