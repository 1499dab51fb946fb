import { DefaultLogger, type Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from 'pino';

const LEVELS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const;

/** Temporal's own lines, in our log; its errors go through our serializer like all others. */
export function temporalLogger(log: Logger): TemporalLogger {
  return new DefaultLogger('INFO', ({ level, message, meta }) => {
    const { error, ...rest } = (meta ?? {}) as { error?: unknown };
    log[LEVELS[level]]({ temporal: rest, ...(error !== undefined && { err: error }) }, message);
  });
}
