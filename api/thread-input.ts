import { z } from 'zod';
import { uuid } from './validate.ts';

export const threadParams = z.object({
  inboxId: uuid,
  threadId: z.string().regex(/^[A-Za-z0-9_=+.-]{1,500}$/, 'expected a thread id'),
});
