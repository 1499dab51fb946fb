import type { RequestHandler } from 'express';

/** `GET /healthz`: the process answers. Nothing else is looked at, so that it is not restarted for others' faults. */
export const healthz: RequestHandler = (_req, res) => {
  res.set('Cache-Control', 'no-store').json({ status: 'ok' });
};
