import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { closeStream, isLive, openStream } from '../../../web/change-stream.ts';

/** The browser's end of the stream, opened and broken by hand. */
class FakeSource extends EventTarget {
  static readonly CLOSED = 2;
  static opened: FakeSource[] = [];
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  constructor() {
    super();
    FakeSource.opened.push(this);
  }
  close(): void {
    this.readyState = FakeSource.CLOSED;
  }
}

const stream = (): FakeSource => FakeSource.opened.at(-1) as FakeSource;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('EventSource', FakeSource);
  openStream();
  stream().onopen?.();
});
afterEach(() => {
  closeStream();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the stream of changes', () => {
  it('says nothing when the server ends it and it is opened again at once', () => {
    for (let fiveMinutes = 0; fiveMinutes < 3; fiveMinutes++) {
      vi.advanceTimersByTime(5 * 60_000);
      stream().onerror?.();
      expect(isLive()).toBe(true);
      vi.advanceTimersByTime(1_000);
      stream().onopen?.();
      expect(isLive()).toBe(true);
    }
  });

  it('says that changes do not come in when the break lasts, until it is over', () => {
    for (let second = 0; second < 6; second++) {
      stream().onerror?.();
      vi.advanceTimersByTime(1_000);
    }
    expect(isLive()).toBe(false);
    stream().onopen?.();
    expect(isLive()).toBe(true);
  });

  it('is opened anew when the browser gives it up, unless it was closed', () => {
    stream().readyState = FakeSource.CLOSED;
    stream().onerror?.();
    const before = FakeSource.opened.length;
    vi.advanceTimersByTime(5_000);
    expect(FakeSource.opened.length).toBe(before + 1);
    stream().onopen?.();
    expect(isLive()).toBe(true);
    stream().readyState = FakeSource.CLOSED;
    stream().onerror?.();
    closeStream();
    vi.advanceTimersByTime(10_000);
    expect(FakeSource.opened.length).toBe(before + 1);
  });
});
