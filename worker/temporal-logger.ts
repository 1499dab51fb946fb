import { DefaultLogger, type Logger as TemporalLogger } from '@temporalio/worker';
import type { Logger } from 'pino';
import { subjectOf } from '../domain/log-subject.ts';

const LEVELS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const;

/** Temporal's own lines, in our log, with whom they are about where ours have it; its errors go through our serializer like all others. */
export function temporalLogger(log: Logger): TemporalLogger {
  return new DefaultLogger('INFO', ({ level, message, meta }) => {
    const { error, ...rest } = (meta ?? {}) as { error?: unknown };
    const said = { ...subjectOf(rest), ...(error !== undefined && { err: error }) };
    log[LEVELS[level]]({ ...said, temporal: rest }, message);
  });
}
