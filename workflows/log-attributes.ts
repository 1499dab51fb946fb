import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { type LogSubject, subjectOf } from '../domain/log-subject.ts';

/** Gives every line of a workflow, the SDK's own too, the inbox and epoch of its input. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let subject: LogSubject = {};
  return {
    inbound: [
      {
        execute: (input, next) => {
          subject = subjectOf(input.args[0]);
          return next(input);
        },
      },
    ],
    outbound: [{ getLogAttributes: (input, next) => next({ ...input, ...subject }) }],
  };
};
