/** Whom a log line is about. */
export interface LogSubject {
  inboxId?: string;
  epoch?: number;
  /** Number of a backfill. */
  n?: number;
  endpointId?: string;
}

const NAMES = ['inboxId', 'epoch', 'n', 'endpointId'] as const;

/** What the input of a workflow or an activity says of it; everything else is left out of logs. */
export function subjectOf(input: unknown): LogSubject {
  if (typeof input !== 'object' || input === null) return {};
  return Object.fromEntries(
    NAMES.flatMap((name) => (name in input ? [[name, input[name as keyof typeof input]]] : [])),
  );
}
