import { inspect } from 'node:util';

export interface UntilOptions {
  timeoutMs?: number;
  /** Default: more and more rarely, as each question costs the machine that the answer needs. */
  everyMs?: number;
  /** A failing question counts as "not yet": for servers that are being killed. */
  patient?: boolean;
  /** What to show when it did not happen. */
  seen?: () => unknown;
}

const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 150;

/**
 * Asks until there is an answer.
 * @throws Error saying what did not come
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | false | undefined>,
  { timeoutMs = 45_000, everyMs, patient = false, seen }: UntilOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 1.2, LONGEST_WAIT_MS)) {
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
    await new Promise((resolve) => setTimeout(resolve, everyMs ?? waitMs));
  }
}
