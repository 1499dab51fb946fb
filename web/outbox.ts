import { useEffect, useState } from 'preact/hooks';
import { get } from './api.ts';
import type { Outgoing } from './api-types.ts';

/** A message that was accepted, while this page is open: it is sent without the page, too. */
export interface Sent {
  subject: string;
  outgoing: Outgoing;
}

const FIRST_LOOK_MS = 500;
const LAST_LOOK_MS = 5_000;

/** By the place it was written at: a contact, or the message that it answers. */
const outbox = new Map<string, Sent[]>();
const listeners = new Set<() => void>();

/** Remembers an accepted message and follows it to its end, whatever page is shown meanwhile. */
export function follow(place: string, sent: Sent): void {
  outbox.set(place, [...(outbox.get(place) ?? []), sent]);
  tell();
  look(place, sent, FIRST_LOOK_MS);
}

export function dismiss(place: string, id: string): void {
  const left = (outbox.get(place) ?? []).filter(({ outgoing }) => outgoing.id !== id);
  outbox.set(place, left);
  tell();
}

export function useOutbox(place: string): readonly Sent[] {
  const [, redraw] = useState({});
  useEffect(() => {
    const listener = (): void => redraw({});
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
  return outbox.get(place) ?? [];
}

function look(
  place: string,
  { outgoing: { id, inboxId, settledAt } }: Sent,
  afterMs: number,
): void {
  if (settledAt !== null) return;
  setTimeout(async () => {
    const known = outbox.get(place)?.find(({ outgoing }) => outgoing.id === id);
    if (!known) return;
    // Not reached now: the next look may be luckier, and what is shown stays true.
    const outgoing = await get<Outgoing>(`/api/v1/inboxes/${inboxId}/outgoing/${id}`).catch(
      () => known.outgoing,
    );
    const now = { ...known, outgoing };
    outbox.set(
      place,
      (outbox.get(place) ?? []).map((one) => (one.outgoing.id === id ? now : one)),
    );
    tell();
    look(place, now, Math.min(afterMs * 2, LAST_LOOK_MS));
  }, afterMs);
}

function tell(): void {
  for (const listener of listeners) listener();
}
