import type { ActivityInterceptors } from '@temporalio/worker';
import { type LogSubject, subjectOf } from '../domain/log-subject.ts';

/** Gives the SDK's own lines about an activity the inbox and epoch of its input. */
export function logAttributes(): ActivityInterceptors {
  let subject: LogSubject = {};
  return {
    inbound: {
      execute: (input, next) => {
        subject = subjectOf(input.args[0]);
        return next(input);
      },
    },
    outbound: { getLogAttributes: (input, next) => next({ ...input, ...subject }) },
  };
}
