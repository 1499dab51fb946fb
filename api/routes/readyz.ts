import { z } from 'zod';
import type { ApiContext } from '../context.ts';
import { defineRoute } from '../route.ts';

const health = z.enum(['ok', 'unreachable']);
type Health = z.output<typeof health>;

const readiness = { postgres: health, temporal: health };

/** One look a second, however many ask: anybody may. */
const FRESH_MS = 1_000;
const PATIENCE_MS = 2_000;

export const readyz = defineRoute({
  method: 'get',
  path: '/readyz',
  name: 'readyz',
  tag: 'Operations',
  summary: 'Whether requests can be served, Postgres and Temporal included',
  responses: {
    200: z.object({ status: z.literal('ready'), ...readiness }),
    503: z.object({ status: z.literal('not_ready'), ...readiness }),
  },
}).handle((ctx) => {
  let last: { at: number; health: ReturnType<typeof look> } | null = null;
  return async () => {
    if (!last || ctx.now() - last.at > FRESH_MS) last = { at: ctx.now(), health: look(ctx) };
    const found = await last.health;
    const headers = { 'Cache-Control': 'no-store' };
    return Object.values(found).every((one) => one === 'ok')
      ? { status: 200, headers, body: { status: 'ready', ...found } }
      : { status: 503, headers, body: { status: 'not_ready', ...found } };
  };
});

async function look({ database, workflows }: ApiContext) {
  const [postgres, temporal] = await Promise.all([
    healthOf(() => database.statement('select 1', [])),
    healthOf(() => workflows.check()),
  ]);
  return { postgres, temporal };
}

async function healthOf(check: () => Promise<unknown>): Promise<Health> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), PATIENCE_MS);
  });
  try {
    await Promise.race([check(), tooLate]);
    return 'ok';
  } catch {
    return 'unreachable';
  } finally {
    clearTimeout(timer);
  }
}
