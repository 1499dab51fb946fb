import { ContentFreeError } from '../domain/errors.ts';

/** What may be logged of an error. */
export interface ErrorDescription {
  name: string;
  /** Of our own errors only. */
  message?: string;
  code?: string;
  constraint?: string;
  /** Frames only. */
  stack?: string[];
  cause?: ErrorDescription;
}

const MAX_FRAMES = 12;
const MAX_CAUSES = 4;

/**
 * Names, codes and frames, and the message of our own errors alone: database drivers put rows and
 * parameters into theirs, providers put addresses there, and JSON.parse quotes the text (I6).
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error };
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return {
    name: error.name,
    ...(error instanceof ContentFreeError && { message: error.message }),
    ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
    ...(typeof constraint === 'string' && { constraint }),
    stack: frames(error),
    ...(error.cause !== undefined &&
      depth < MAX_CAUSES && { cause: describeError(error.cause, depth + 1) }),
  };
}

/** The message comes first in a stack and may have many lines that only look like frames. */
function frames(error: Error): string[] {
  const stack = error.stack ?? '';
  const at = stack.indexOf(error.message);
  return (at < 0 ? stack : stack.slice(at + error.message.length))
    .split('\n')
    .filter((line) => /^ {4}at [^@]*$/.test(line) || /^ {4}at .*node_modules/.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => line.trim());
}
