/** What the server says of each inbox: another version, something about it is new. */
let known: ReadonlyMap<string, string> = new Map();
let live = true;
const listeners = new Set<() => void>();
let source: EventSource | null = null;
let reopening: ReturnType<typeof setTimeout> | undefined;
/** Set since the stream broke. */
let broken: ReturnType<typeof setTimeout> | undefined;

/** Opens the stream of changes. The browser opens it again by itself when it breaks. */
export function openStream(): void {
  source?.close();
  source = new EventSource('/api/v1/events');
  source.addEventListener('inboxes', (event) => {
    const { data } = event as MessageEvent;
    const inboxes: { inboxId: string; version: string }[] = JSON.parse(data);
    known = new Map(inboxes.map(({ inboxId, version }) => [inboxId, version]));
    tell(true);
  });
  source.onopen = () => tell(true);
  source.onerror = () => {
    // Refused for good, as when the session has ended; else it is on its way back already.
    if (source?.readyState === EventSource.CLOSED) reopening = setTimeout(openStream, REOPEN_MS);
    // The server ends each stream after some minutes: most breaks are over at once.
    broken ??= setTimeout(() => tell(false), GRACE_MS);
  };
}

const REOPEN_MS = 5_000;
const GRACE_MS = 4_000;

export function closeStream(): void {
  source?.close();
  source = null;
  clearTimeout(reopening);
  clearTimeout(broken);
  broken = undefined;
}

export const versions = (): ReadonlyMap<string, string> => known;

/** Whether changes come in by themselves at the moment. */
export const isLive = (): boolean => live;

/** @returns how to stop listening */
export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function tell(now: boolean): void {
  if (now) {
    clearTimeout(broken);
    broken = undefined;
  }
  live = now;
  for (const listener of listeners) listener();
}
