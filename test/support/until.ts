import { inspect } from 'node:util';

export interface UntilOptions {
  timeoutMs?: number;
  everyMs?: number;
  /** A failing question counts as "not yet": for servers that are being killed. */
  patient?: boolean;
  /** What to show when it did not happen. */
  seen?: () => unknown;
}

/**
 * Asks until there is an answer.
 * @throws Error saying what did not come
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | false | undefined>,
  { timeoutMs = 45_000, everyMs = 40, patient = false, seen }: UntilOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      if (!patient) throw error;
      last = error;
    }
    if (performance.now() > deadline) {
      const shown = seen ? await seen() : last;
      throw new Error(
        `${what}: not within ${timeoutMs / 1000} s; seen last: ${inspect(shown, { depth: 6 })}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
