import { type Logger, pino } from 'pino';

/**
 * One structured line an event. Callers pass ids, counts and codes; what could carry content is
 * cut here once more: an error keeps its name, message and stack, never its attached request.
 */
export function createLog(name: string, level: string): Logger {
  return pino({
    name,
    level,
    base: { name },
    serializers: { err: plainError, error: plainError },
    redact: {
      paths: ['authorization', 'cookie', '*.authorization', '*.cookie', '*.headers', '*.config'],
      remove: true,
    },
  });
}

function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, message, stack, cause } = error;
  return { name, message, stack, ...(cause !== undefined && { cause: plainError(cause) }) };
}
