import { type DestinationStream, type Logger, pino } from 'pino';
import { describeError } from './describe-error.ts';

/** Fields that hold secrets wherever they are, in libraries' objects too. */
const NEVER = [
  ...['authorization', 'cookie', 'headers', 'config', 'env', 'password', 'secret', 'clientSecret'],
  ...['token', 'accessToken', 'refreshToken', 'access_token', 'refresh_token'],
];

/**
 * One structured line an event. Callers pass ids, counts and codes; what could carry content is
 * cut here once more: an error keeps its name and frames, and its message if that is ours.
 */
export function createLog(name: string, level: string, to?: DestinationStream): Logger {
  const options = {
    name,
    level,
    base: { name },
    serializers: { err: describeError, error: describeError },
    redact: { paths: NEVER.flatMap((field) => [field, `*.${field}`]), remove: true },
  };
  return to ? pino(options, to) : pino(options);
}
