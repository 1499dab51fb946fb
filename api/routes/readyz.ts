import type { RequestHandler } from 'express';
import type { ApiContext } from '../context.ts';

type Health = 'ok' | 'unreachable';

/** One look a second, however many ask: anybody may. */
const FRESH_MS = 1_000;
const PATIENCE_MS = 2_000;

/** `GET /readyz`: whether requests can be served, Postgres and Temporal included. */
export function readyz(ctx: ApiContext): RequestHandler {
  let last: { at: number; health: Promise<Record<string, Health>> } | null = null;
  return async (_req, res) => {
    if (!last || ctx.now() - last.at > FRESH_MS) last = { at: ctx.now(), health: look(ctx) };
    const health = await last.health;
    const ready = Object.values(health).every((one) => one === 'ok');
    res
      .status(ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({ status: ready ? 'ready' : 'not_ready', ...health });
  };
}

async function look({ database, workflows }: ApiContext): Promise<Record<string, Health>> {
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
