import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { TimelineItem } from './api-types.ts';
import { PAGE, readTimeline, type Shown } from './read-timeline.ts';

export interface Timeline {
  shown: Shown | null;
  error: unknown;
  reload: () => void;
  /** As many again. @returns the first of them, once it is shown */
  showOlder: () => Promise<TimelineItem | undefined>;
}

/** A contact's timeline, read again when `version` changes: one reading after the other. */
export function useTimeline(path: string, version: string): Timeline {
  const [state, setState] = useState<{ shown: Shown | null; error: unknown }>({
    shown: null,
    error: null,
  });
  const held = useRef({ count: PAGE, shown: null as Shown | null });
  const queue = useRef({ running: Promise.resolve(), waiting: null as Promise<void> | null });
  const refresh = useCallback((): Promise<void> => {
    const read = async (): Promise<void> => {
      const { count, shown } = held.current;
      try {
        held.current.shown = await readTimeline(path, { count, oldest: shown?.items.at(-1) });
        setState({ shown: held.current.shown, error: null });
      } catch (error) {
        setState({ shown, error });
      }
    };
    const turns = queue.current;
    turns.waiting ??= turns.running.then(() => {
      turns.waiting = null;
      turns.running = read();
      return turns.running;
    });
    return turns.waiting;
  }, [path]);
  useEffect(() => void refresh(), [refresh, version]);
  const showOlder = async (): Promise<TimelineItem | undefined> => {
    const before = held.current.shown?.items.length ?? 0;
    held.current.count = before + PAGE;
    await refresh();
    return held.current.shown?.items[before];
  };
  return { ...state, reload: refresh, showOlder };
}
