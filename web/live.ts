import { useEffect, useState } from 'preact/hooks';
import { isLive, onChange, versions } from './change-stream.ts';

/** Changes whenever something of this inbox does; without an inbox, of any of the user's. */
export function useVersion(inboxId?: string): string {
  return useLive(() =>
    inboxId ? (versions().get(inboxId) ?? '') : [...versions()].flat().join(' '),
  );
}

/** Whether changes come in by themselves at the moment. */
export function useIsLive(): boolean {
  return useLive(isLive);
}

function useLive<T>(read: () => T): T {
  const [, redraw] = useState({});
  useEffect(() => onChange(() => redraw({})), []);
  return read();
}
