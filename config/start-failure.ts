import { ContentFreeError } from '../domain/errors.ts';
import { ConfigError } from './config.ts';
import { createLog } from './log.ts';

/** A process cannot do its work, in sentences that say why and what to do. */
export class StartError extends ContentFreeError {
  override readonly name = 'StartError';
}

/** Ends the process with 1: our own sentences as they are, anything else as a log line. */
export function reportFailure(name: string, error: unknown): void {
  if (error instanceof ConfigError || error instanceof ContentFreeError) {
    process.stderr.write(`${error.message}\n`);
  } else {
    createLog(name, 'info').fatal({ err: error }, `the ${name} process ended`);
  }
  process.exitCode = 1;
}
