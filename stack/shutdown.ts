/** Ctrl-C arrives up to three times: from the terminal, from npm and from setup/run.mjs. */
const SAME_KEYPRESS_MS = 2_000;

/**
 * Aborts at the first SIGINT, SIGTERM or SIGHUP, so that the program can drain. A later, separate
 * signal means that the user will not wait: the process ends at once, and watchdogs end its children.
 */
export const shutdownSignal = (): AbortSignal => {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = (name: NodeJS.Signals) => {
    if (!controller.signal.aborted) {
      firstAt = performance.now();
      controller.abort(name);
    } else if (performance.now() - firstAt > SAME_KEYPRESS_MS) {
      process.exit(name === 'SIGINT' ? 130 : 143);
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  return controller.signal;
};

/** Settles once `signal` is aborted. */
export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
