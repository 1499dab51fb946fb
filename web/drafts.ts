import { useState } from 'preact/hooks';

/** A message being written. */
export interface Draft {
  inboxId: string;
  to: string;
  cc: string;
  subject: string;
  text: string;
  files: File[];
  /** Made once for this message: however often it is handed over, it is sent once. */
  key: string;
  /** Handed over without a certain answer: from then on it must stay as it is. */
  mayHaveArrived: boolean;
}

/** Those begun and neither sent nor discarded, by place, whatever page is shown meanwhile. */
const drafts = new Map<string, Draft>();

/** Before the tab is closed or leaves for another page, the browser asks. */
addEventListener('beforeunload', (event) => {
  if (drafts.size > 0) event.preventDefault();
});

export const hasDraft = (place: string): boolean => drafts.has(place);

export const hasDrafts = (): boolean => drafts.size > 0;

export const forgetDraft = (place: string): boolean => drafts.delete(place);

/** The draft of this place, or a new one, and how to change it; it is kept from its first change on. */
export function useDraft(
  place: string,
  begin: () => Draft,
): [Draft, (change: Partial<Draft>) => void] {
  const [draft, setDraft] = useState(() => drafts.get(place) ?? begin());
  const change = (changed: Partial<Draft>): void => {
    const next = { ...(drafts.get(place) ?? draft), ...changed };
    drafts.set(place, next);
    setDraft(next);
  };
  return [draft, change];
}
