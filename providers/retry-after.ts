const SECOND = 1_000;
const MAX_MS = 24 * 60 * 60 * SECOND;

type Answered = { headers?: Pick<Headers, 'get'> };

/** The Retry-After header in ms, seconds or a date; null when there is none that makes sense. */
export const retryAfterHeader = (answer: Answered): number | null => {
  const value = answer.headers?.get('retry-after')?.trim() ?? '';
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) * SECOND : waitUntil(value, answer);
};

/** ms from the answer's own Date, so that our clock's error does not add to the wait. */
export const waitUntil = (date: string, answer: Answered): number | null => {
  const at = Date.parse(date);
  return Number.isNaN(at) ? null : at - (serverTime(answer) ?? Date.now());
};

/** Between 1 s and a day, whatever was said: a clock gone wrong must not stop an inbox for good. */
export const boundedWait = (ms: number): number =>
  Math.min(MAX_MS, Math.max(SECOND, Math.ceil(ms)));

const serverTime = (answer: Answered): number | null => {
  const at = Date.parse(answer.headers?.get('date') ?? '');
  return Number.isNaN(at) ? null : at;
};
