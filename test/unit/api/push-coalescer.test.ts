import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PushCoalescer } from '../../../api/push-coalescer.ts';

describe('coalescing pushes', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const create = () => {
    const signals: number[] = [];
    let failure: Error | null = null;
    const coalescer = new PushCoalescer({
      intervalMs: 250,
      now: () => Date.now(),
      wake: async () => {
        if (failure) throw failure;
        signals.push(Date.now());
      },
    });
    const push = (historyId: number, epoch = 1) =>
      coalescer.push({ inboxId: 'i', epoch, historyId: BigInt(historyId) });
    const fail = (error: Error | null): void => {
      failure = error;
    };
    return { signals, push, fail };
  };

  it('signals the first at once and answers later ones only with the signal that stands for them', async () => {
    const { signals, push } = create();
    expect(await push(1)).toBe('signalled');
    let answered = false;
    const later = Promise.all([push(2), push(3)]).then(() => {
      answered = true;
    });
    await vi.advanceTimersByTimeAsync(249);
    expect([signals.length, answered]).toEqual([1, false]);
    await vi.advanceTimersByTimeAsync(1);
    await later;
    expect(signals).toHaveLength(2);
    expect(await push(3)).toBe('stale');
  });

  it('signals for what comes while a signal is on its way', async () => {
    const sent: (() => void)[] = [];
    const coalescer = new PushCoalescer({
      intervalMs: 250,
      now: () => Date.now(),
      wake: () => new Promise((resolve) => sent.push(resolve)),
    });
    const first = coalescer.push({ inboxId: 'i', epoch: 1, historyId: 1n });
    const second = coalescer.push({ inboxId: 'i', epoch: 1, historyId: 2n });
    await vi.advanceTimersByTimeAsync(250);
    expect(sent).toHaveLength(2);
    for (const accept of sent) accept();
    expect(await Promise.all([first, second])).toEqual(['signalled', 'signalled']);
  });

  it('takes a push again whose signal was not accepted', async () => {
    const { signals, push, fail } = create();
    fail(new Error('away'));
    await expect(push(1)).rejects.toThrow('away');
    fail(null);
    const again = push(1);
    await vi.advanceTimersByTimeAsync(250);
    expect(await again).toBe('signalled');
    expect(signals).toHaveLength(1);
  });

  it('forgets counters of an earlier epoch, and after eight days', async () => {
    const { push } = create();
    await push(9);
    expect(await push(9)).toBe('stale');
    expect(await push(9, 2)).toBe('signalled');
    await vi.advanceTimersByTimeAsync(8 * 86_400_000);
    expect(await push(1, 2)).toBe('signalled');
  });
});
