import { z } from 'zod';
import { type FieldError, Problem } from './problem.ts';

/** How many mistakes one answer lists. */
const MAX_ERRORS = 20;
const MAX_FIELD_CHARS = 100;

/** @throws Problem `invalid-request`, naming every field that is wrong */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.slice(0, MAX_ERRORS).map(fieldError);
  throw new Problem('invalid-request', 'The request does not have the expected form.', { errors });
}

function fieldError(issue: z.core.$ZodIssue): FieldError {
  const field = issue.path.map(String).join('.').slice(0, MAX_FIELD_CHARS);
  return { field: field || 'body', message: issue.message.slice(0, 200) };
}

/** Postgres stores no NUL, and control characters have no business in a name. */
const PLAIN = /^[^\p{Cc}\p{Cs}]*$/u;

export const plainText = (maxChars: number) =>
  z.string().max(maxChars).regex(PLAIN, 'control characters are not allowed');

/** The CRM's own id. Without `@`, since ids are stored and logged in clear and addresses are not. */
export const contactId = z
  .string()
  .regex(/^[A-Za-z0-9_][A-Za-z0-9._:~-]{0,127}$/, 'expected 1 to 128 of A-Z a-z 0-9 . _ : ~ -');

export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'expected a UUID')
  .transform((id) => id.toLowerCase());

/** A query parameter given twice is an array in Express: refused, not guessed. */
export const pageLimit = z
  .string()
  .regex(/^(?:[1-9]\d?|100)$/, 'expected a number from 1 to 100')
  .transform(Number)
  .default(50);

export const idParams = z.object({ id: uuid });

/** How ops names a backfill: `<inbox id>.<number>`. */
export const backfillId = z
  .string()
  .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.[1-9]\d{0,8}$/i, 'expected <inbox id>.<n>')
  .transform((id) => {
    const [inboxId = '', n] = id.split('.');
    return { inboxId: inboxId.toLowerCase(), n: Number(n) };
  });

export const backfillIdParams = z.object({ id: backfillId });
