import { holdContacts } from '../db/contact-book-store.ts';
import type { InboxTx } from '../db/database.ts';
import { DatabaseError } from '../db/errors.ts';
import { commitMessages } from '../db/message-store.ts';
import { verdicts } from '../metrics/engine.ts';
import type { ActivityDeps, InboxRef } from './deps.ts';
import { type Decided, decide, type Judging, refreshJudging, unseen } from './judging.ts';

type Also = (tx: InboxTx) => Promise<void>;

/**
 * Messages, verdicts and what covers them (`also`: a cursor, slices) in one fenced transaction (I9).
 * A message that Postgres will never take gets a `failed` verdict and does not stop the rest; then
 * `also` commits last, when every verdict it covers is there.
 * @throws StaleEpochError
 * @throws ScopeChangedError nothing was written: judge again (I3)
 */
export async function commit(
  deps: ActivityDeps,
  inbox: InboxRef,
  judging: Judging,
  decided: Decided[],
  also: Also = async () => {},
): Promise<void> {
  const write = (some: Decided[], then: Also): Promise<void> =>
    deps.database
      .asConnectedInbox(inbox, async (tx) => {
        const { by, rows } = await decideAgain(deps, tx, judging, some);
        const { contactVersion } = by;
        const { scope } = judging.inbox;
        await Promise.all([commitMessages(tx, { scope, contactVersion }, rows), then(tx)]);
        return rows;
      })
      .then(countVerdicts);
  try {
    await write(decided, also);
  } catch (error) {
    if (!isPoison(error) || decided.length === 0) throw error;
    deps.log.warn({ err: error }, 'a batch is stored one by one');
    for (const one of decided) await writeAlone(one, (some) => write(some, async () => {}));
    await write([], also);
  }
}

/**
 * By the contacts and sealed by the data key of this very transaction: a contact removed meanwhile
 * gets nothing any more, and a key that is being replaced seals no new row. A head that was skipped
 * keeps the older version, so that a contact added meanwhile finds it open (B4).
 */
async function decideAgain(
  deps: ActivityDeps,
  tx: InboxTx,
  judging: Judging,
  decided: Decided[],
): Promise<{ by: Judging; rows: Decided[] }> {
  const sameContacts = (await holdContacts(tx)) === judging.contactVersion;
  if (sameContacts && tx.inbox.keyN === judging.inbox.keyN) return { by: judging, rows: decided };
  const by = await refreshJudging(deps, tx, judging);
  const again = ({ source, ...one }: Decided): Decided => (source ? decide(by, source) : one);
  return { by: judging, rows: decided.map(again) };
}

function countVerdicts(rows: readonly Decided[]): void {
  for (const { verdict } of rows) {
    const reason = verdict.kind === 'skipped' ? verdict.reason : '';
    verdicts.inc({ kind: verdict.kind, reason: verdict.kind === 'failed' ? verdict.code : reason });
  }
}

async function writeAlone(one: Decided, write: (some: Decided[]) => Promise<void>): Promise<void> {
  try {
    await write([one]);
  } catch (error) {
    if (!isPoison(error)) throw error;
    await write([unseen(one.providerMessageId, { kind: 'failed', code: 'not_storable' })]);
  }
}

/** Postgres refuses what was to be written, and would again. */
const isPoison = (error: unknown): boolean => error instanceof DatabaseError && !error.retryable;
