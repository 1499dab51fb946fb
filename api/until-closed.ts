import type { Response } from 'express';

/** Aborts when the caller hangs up, so that nothing is fetched for nobody. */
export function untilClosed(res: Response): AbortSignal {
  const controller = new AbortController();
  res.once('close', () => {
    if (!res.writableFinished)
      controller.abort(new DOMException('The caller is gone.', 'AbortError'));
  });
  return controller.signal;
}
