import { z } from 'zod';
import { defineRoute } from '../route.ts';

export const healthz = defineRoute({
  method: 'get',
  path: '/healthz',
  name: 'healthz',
  tag: 'Operations',
  summary: 'The process answers',
  description: 'Nothing else is looked at, so that it is not restarted for others’ faults.',
  responses: { 200: z.object({ status: z.literal('ok') }) },
}).handle(() => () => ({
  status: 200,
  headers: { 'Cache-Control': 'no-store' },
  body: { status: 'ok' },
}));
