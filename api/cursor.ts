import { z } from 'zod';
import { Problem } from './problem.ts';
import { pageLimit, uuid } from './validate.ts';

/** Keyset cursors: opaque to callers, and harmless if made up, as rows are filtered by owner. */
const MAX_CHARS = 400;

function encodeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position), 'utf8').toString('base64url');
}

/** @throws Problem `invalid-request` when it is not one that this schema's page gave out */
export function decodeCursor<T>(schema: z.ZodType<T>, cursor: string): T {
  const parsed = schema.safeParse(readJson(cursor));
  if (parsed.success) return parsed.data;
  throw new Problem('invalid-request', 'The cursor is not one that was given out here.', {
    errors: [{ field: 'cursor', message: 'expected the nextCursor of an earlier page' }],
  });
}

/** A time in epoch ms, within what both JavaScript and Postgres can say, and a row's id. */
export const timePosition = z.tuple([
  z.int().min(-62_000_000_000_000).max(253_402_300_799_999),
  uuid,
]);

export const pageQuery = z.strictObject({
  limit: pageLimit,
  cursor: z
    .string()
    .min(1)
    .max(MAX_CHARS)
    .optional()
    .describe('The nextCursor of the page before.'),
});

export const nextCursor = z.string().nullable().describe('Null at the end.');

/**
 * A page of rows that were read with one more than `limit`.
 * @param positionOf where the next page begins behind
 */
export function pageOf<Row>(
  rows: readonly Row[],
  limit: number,
  positionOf: (last: Row) => readonly (string | number)[],
): { page: Row[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { page, nextCursor: more ? encodeCursor(positionOf(last)) : null };
}

function readJson(cursor: string): unknown {
  if (!/^[A-Za-z0-9_-]+$/.test(cursor)) return null;
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}
