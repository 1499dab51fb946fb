import { useEffect, useState } from 'preact/hooks';

/** What the server says of each inbox: another version, something about it is new. */
let versions: ReadonlyMap<string, string> = new Map();
let live = true;
const listeners = new Set<() => void>();
let source: EventSource | null = null;

/** Opens the stream of changes. The browser opens it again by itself when it breaks. */
export function openStream(): void {
  source?.close();
  source = new EventSource('/api/v1/events');
  source.addEventListener('inboxes', ({ data }) => {
    const inboxes: { inboxId: string; version: string }[] = JSON.parse(data);
    versions = new Map(inboxes.map(({ inboxId, version }) => [inboxId, version]));
    tell(true);
  });
  source.onopen = () => tell(true);
  source.onerror = () => {
    // Refused for good, as when the session has ended; else it is on its way back already.
    if (source?.readyState === EventSource.CLOSED) setTimeout(openStream, REOPEN_MS);
    tell(false);
  };
}

const REOPEN_MS = 5_000;

export function closeStream(): void {
  source?.close();
  source = null;
}

/** Changes whenever something of this inbox does; without an inbox, of any of the user's. */
export function useVersion(inboxId?: string): string {
  return useLive(() => (inboxId ? (versions.get(inboxId) ?? '') : [...versions].flat().join(' ')));
}

/** Whether changes come in by themselves at the moment. */
export function useIsLive(): boolean {
  return useLive(() => live);
}

function useLive<T>(read: () => T): T {
  const [, redraw] = useState({});
  useEffect(() => {
    const listener = (): void => redraw({});
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
  return read();
}

function tell(isLive: boolean): void {
  live = isLive;
  for (const listener of listeners) listener();
}
