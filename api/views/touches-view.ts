import { z } from 'zod';

const count = z.int().nonnegative();

export const touchesSchema = z
  .object({ calls: count, units: count, idsListed: count, headsRead: count, bodiesRead: count })
  .meta({ id: 'Touches', description: 'How much of an inbox was touched (B1).' });
