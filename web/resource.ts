import { useCallback, useEffect, useState } from 'preact/hooks';
import { get } from './api.ts';

export interface Resource<T> {
  /** The last answer, kept while a newer one is on its way. */
  data: T | null;
  error: unknown;
  reload: () => void;
}

/**
 * What an address answers, asked again when `version` changes.
 * @param path null: nothing to ask yet
 */
export function useResource<T>(path: string | null, version = ''): Resource<T> {
  const [state, setState] = useState<{ path: string | null; data: T | null; error: unknown }>({
    path: null,
    data: null,
    error: null,
  });
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  useEffect(() => {
    if (path === null) return;
    const controller = new AbortController();
    get<T>(path, controller.signal).then(
      (data) => setState({ path, data, error: null }),
      (error: unknown) => {
        if (controller.signal.aborted) return;
        setState((last) => ({ path, data: last.path === path ? last.data : null, error }));
      },
    );
    return () => controller.abort();
  }, [path, version, turn]);
  const current = state.path === path;
  return { data: current ? state.data : null, error: current ? state.error : null, reload };
}

/**
 * Another version every `ms` while the page is looked at, for what no stream tells of.
 * @param ms 0: never
 */
export function useTick(ms: number): string {
  const [n, setN] = useState(0);
  useEffect(() => {
    if (ms === 0) return;
    const timer = setInterval(() => document.hidden || setN((last) => last + 1), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return String(n);
}

export interface Task<Args extends unknown[]> {
  busy: boolean;
  error: unknown;
  run: (...args: Args) => Promise<void>;
}

/** Something to do when asked, once at a time. */
export function useTask<Args extends unknown[]>(
  work: (...args: Args) => Promise<void>,
): Task<Args> {
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({
    busy: false,
    error: null,
  });
  const run = async (...args: Args): Promise<void> => {
    if (state.busy) return;
    setState({ busy: true, error: null });
    try {
      await work(...args);
      setState({ busy: false, error: null });
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return { ...state, run };
}
