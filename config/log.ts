import { type Logger, pino } from 'pino';
import { describeError } from './describe-error.ts';

/**
 * One structured line an event. Callers pass ids, counts and codes; what could carry content is
 * cut here once more: an error keeps its name and frames, and its message if that is ours.
 */
export function createLog(name: string, level: string): Logger {
  return pino({
    name,
    level,
    base: { name },
    serializers: { err: describeError, error: describeError },
    redact: {
      paths: ['authorization', 'cookie', '*.authorization', '*.cookie', '*.headers', '*.config'],
      remove: true,
    },
  });
}
