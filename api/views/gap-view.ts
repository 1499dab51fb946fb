import { z } from 'zod';
import { GAP_CAUSES } from '../../db/entities/enums.ts';
import type { Gap } from '../../db/gap-store.ts';
import { describeGap } from '../../domain/gap.ts';
import { iso, isoOrNull, timeSchema } from './time.ts';

export const gapSchema = z
  .object({
    id: z.uuid(),
    cause: z.enum(GAP_CAUSES),
    from: timeSchema,
    to: timeSchema,
    openedAt: timeSchema,
    closedAt: timeSchema.nullable(),
    words: z.string().describe('Its days are days in UTC.'),
  })
  .meta({ id: 'Gap', description: 'A stretch of time that sync has not seen until it is closed.' });

/**
 * Dates in words are UTC: the page has its reader's own time zone.
 * @param rests nothing of the inbox is read at the moment, and so nothing caught up
 */
export function gapView(
  { id, cause, from, to, openedAt, closedAt, lastLookAt }: Gap,
  rests: boolean,
  now: number,
): z.output<typeof gapSchema> {
  return {
    words: describeGap({ from, to, closed: closedAt !== null, rests, lastLookAt }, now, 'UTC'),
    id,
    cause,
    from: iso(from),
    to: iso(to),
    openedAt: iso(openedAt),
    closedAt: isoOrNull(closedAt),
  };
}
