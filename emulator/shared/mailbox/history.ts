import type { MailboxChange } from './message.ts';

/** Changes in order, forgotten after `retentionMs` as providers do (documented: about a week). */
export class HistoryLog {
  #changes: MailboxChange[] = [];
  /** Ids at or below the floor cannot be asked for any more, except the floor itself. */
  #floor: number;
  retentionMs: number;

  constructor(firstId: number, retentionMs: number) {
    this.#floor = firstId;
    this.retentionMs = retentionMs;
  }

  append(change: MailboxChange): void {
    this.#changes.push(change);
  }

  /** Changes after `startId`, or null when that id is older than what is kept. */
  since(startId: number, now: number): MailboxChange[] | null {
    this.#expire(now);
    if (startId < this.#floor) return null;
    return this.#changes.slice(this.#firstAfter(startId));
  }

  /** Forgets everything up to now, as when a seed is laid down or a test wants an expired cursor. */
  forget(newFloor: number): void {
    this.#changes = [];
    this.#floor = newFloor;
  }

  #expire(now: number): void {
    const limit = now - this.retentionMs;
    let drop = 0;
    while (drop < this.#changes.length && (this.#changes[drop]?.atMs ?? now) < limit) drop++;
    if (drop === 0) return;
    this.#floor = this.#changes[drop - 1]?.historyId ?? this.#floor;
    this.#changes = this.#changes.slice(drop);
  }

  #firstAfter(startId: number): number {
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#changes[middle]?.historyId ?? 0) <= startId) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
