import { RateLimitedError } from '../providers/errors.ts';
import type { Fetched, MailProvider } from '../providers/mail-provider.ts';
import { pause } from '../session/call-gate.ts';
import { type Decided, decide, type Judging, judgeHead, skip, unseen } from './judging.ts';

/** The part of a mailbox that fetching needs. */
export type FetchingMailbox = Pick<MailProvider, 'fetchHeads' | 'fetchMessages'>;

/** Asked this often within one turn before the whole turn backs off. */
const MAX_ROUNDS = 5;

/**
 * Verdicts for the ids, each fetched once: heads first where a stranger's body could be met,
 * whole at once where the search has already answered for the match.
 */
export async function fetchAndDecide(
  mailbox: FetchingMailbox,
  judging: Judging,
  ids: readonly string[],
  options: { headsFirst: boolean; signal: AbortSignal },
): Promise<Decided[]> {
  if (!options.headsFirst) return await fetchWhole(mailbox, judging, ids, options.signal);
  const decided: Decided[] = [];
  const wanted: string[] = [];
  const heads = await fetchAll((some) => mailbox.fetchHeads(some), ids, options.signal);
  for (const head of heads) {
    if (head.outcome !== 'found') {
      decided.push(verdictOf(head));
      continue;
    }
    const judgement = judgeHead(judging, head.message);
    if (judgement.inScope) wanted.push(head.id);
    else decided.push(skip(judging, head.message, judgement.reason));
  }
  return [...decided, ...(await fetchWhole(mailbox, judging, wanted, options.signal))];
}

async function fetchWhole(
  mailbox: FetchingMailbox,
  judging: Judging,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Decided[]> {
  const fetched = await fetchAll((some) => mailbox.fetchMessages(some), ids, signal);
  return fetched.map((one) =>
    one.outcome === 'found' ? decide(judging, one.message) : verdictOf(one),
  );
}

type Settled<T> = Exclude<Fetched<T>, { outcome: 'retry' }>;

/** Asks again for the parts that were not answered; a throttled part is waited for, not lost. */
async function fetchAll<T>(
  fetch: (ids: readonly string[]) => Promise<Fetched<T>[]>,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Settled<T>[]> {
  const settled: Settled<T>[] = [];
  let open = ids;
  for (let round = 0; open.length > 0; round += 1) {
    const again: string[] = [];
    let waitMs = 0;
    for (const one of await fetch(open)) {
      if (one.outcome !== 'retry') settled.push(one);
      else {
        again.push(one.id);
        waitMs = Math.max(waitMs, one.retryAfterMs);
      }
    }
    if (again.length > 0) {
      if (round === MAX_ROUNDS) {
        throw new RateLimitedError(`${again.length} messages were not answered`, waitMs);
      }
      await pause(waitMs, signal);
    }
    open = again;
  }
  return settled;
}

function verdictOf(one: Exclude<Settled<unknown>, { outcome: 'found' }>): Decided {
  return one.outcome === 'gone'
    ? unseen(one.id, { kind: 'gone' })
    : unseen(one.id, { kind: 'failed', code: one.code });
}

/** Runs of `size`, the last one shorter. */
export function chunksOf<T>(items: readonly T[], size: number): T[][] {
  const chunks: T[][] = [];
  for (let at = 0; at < items.length; at += size) chunks.push(items.slice(at, at + size));
  return chunks;
}
