import { describeSpan } from './gap.ts';
import type { BackfillKind } from './inbox.ts';
import type { FailureCode, Receipt, SkipReason } from './verdict.ts';

export type ReceiptCounts = Omit<Receipt, 'missing'>;

/** The run that a receipt is of. */
export interface ReceiptRun {
  kind: BackfillKind;
  /** Epoch ms; told as a day in UTC. */
  at: number;
  now: number;
}

/** A receipt for a person, in order of reading. */
export interface ReceiptWords {
  /**
   * One sentence, which names the run and says what it added: what is on timelines in all is not a
   * run's to say, as a gap or a second look goes through email again that was stored before.
   */
  headline: string;
  /** What happened to the messages, one sentence per kind; kinds that did not occur are left out. */
  lines: string[];
  /** What the user can do, null when there is nothing to do. */
  nextStep: string | null;
}

/**
 * The receipt of a backfill (B2): seen = stored + skipped + gone + failed + missing.
 * @throws RangeError for counts that contradict each other, which is a bug of ours: two verdicts
 *   for one id, or a verdict for an id never seen
 */
export function buildReceipt(counts: ReceiptCounts): Receipt {
  const { seen, stored, gone, failed, added } = counts;
  const skipped = Object.fromEntries(Object.entries(counts.skipped).filter(([, n]) => n > 0));
  const all = [seen, stored, gone, failed, added ?? 0, ...Object.values(skipped)];
  const missing = seen - stored - skippedTotal({ skipped }) - gone - failed;
  if (
    missing < 0 ||
    (added ?? 0) > stored ||
    !all.every((n) => Number.isSafeInteger(n) && n >= 0)
  ) {
    throw new RangeError(`Receipt does not add up: ${JSON.stringify(counts)}`);
  }
  return { seen, stored, skipped, gone, failed, missing, ...(added !== undefined && { added }) };
}

export function skippedTotal(receipt: Pick<Receipt, 'skipped'>): number {
  return Object.values(receipt.skipped).reduce((sum, n) => sum + n, 0);
}

/**
 * The receipt in plain words, for the page and the mail (P7).
 * @param failures the failed ones by code, where known
 */
export function describeReceipt(
  receipt: Receipt,
  run: ReceiptRun,
  failures: Partial<Record<FailureCode, number>> = {},
): ReceiptWords {
  const lines = [
    `We looked at ${emails(receipt.seen)}; on timelines when it ended: ${count(receipt.stored)}.`,
  ];
  for (const reason of SKIP_ORDER) {
    const n = receipt.skipped[reason] ?? 0;
    if (n > 0) lines.push(`${count(n)} left out: ${SKIP_WORDS[reason](n)}.`);
  }
  if (receipt.gone > 0) {
    lines.push(
      `${count(receipt.gone)} deleted from the mailbox before we could read ${them(receipt.gone)}.`,
    );
  }
  for (const code of FAILURE_ORDER) {
    const n = failures[code] ?? 0;
    if (n > 0) lines.push(`${count(n)} could not be added: ${FAILURE_WORDS[code](n)}.`);
  }
  const unexplained =
    receipt.failed - FAILURE_ORDER.reduce((sum, code) => sum + (failures[code] ?? 0), 0);
  if (unexplained > 0) lines.push(`${count(unexplained)} could not be added.`);
  if (receipt.missing > 0) lines.push(`${count(receipt.missing)} not looked at yet.`);
  return { headline: headline(receipt, run), lines, nextStep: nextStep(receipt, failures) };
}

/** The same of a backfill that was given up: what was reached says nothing of the rest. */
export function describeGivenUp(receipt: Receipt, run: ReceiptRun): ReceiptWords {
  return {
    headline: `${nameOf(run)} stopped before its end${addedWords(receipt, ': it has added')}.`,
    lines: describeReceipt(receipt, run).lines,
    nextStep: 'Try again. If it stops again, ask your operator to look into it.',
  };
}

const RUN_NAMES: Record<BackfillKind, string> = {
  initial: 'The first import',
  contacts: 'The search for added contacts',
  scope: 'The import for the new scope',
  gap: 'The catch-up',
  recheck: 'The second look',
  replay: 'The new attempt',
  check: 'The check of completeness',
};

/** An inbox has one first import at a time; of the others there are many. */
function nameOf({ kind, at, now }: ReceiptRun): string {
  const day = describeSpan({ from: at, to: at }, now, 'UTC');
  return kind === 'initial' ? RUN_NAMES.initial : `${RUN_NAMES[kind]} of ${day}`;
}

function headline(receipt: Receipt, run: ReceiptRun): string {
  const added = addedWords(receipt, ': it added');
  if (receipt.missing > 0) return `${nameOf(run)} has not read everything${added}.`;
  if (receipt.failed > 0) {
    return `${nameOf(run)} is done${added}; ${count(receipt.failed)} could not be added.`;
  }
  return `${nameOf(run)} is done${added}.`;
}

/** Nothing for the receipts that do not know. */
function addedWords({ added }: Receipt, words: string): string {
  if (added === undefined) return '';
  return `${words} ${added === 0 ? 'no email' : emails(added)}`;
}

function nextStep(receipt: Receipt, failures: Partial<Record<FailureCode, number>>): string | null {
  if (receipt.missing > 0) return 'Try again, or ask your operator to look into what was not read.';
  if (receipt.failed === 0) return null;
  const hopeless = failures.too_large ?? 0;
  if (hopeless >= receipt.failed) {
    return `Trying again will not help: read ${them(receipt.failed)} in your mailbox.`;
  }
  return receipt.failed === 1
    ? 'Nothing else is affected, and it can still be read in your mailbox. Ask your operator to look into it.'
    : 'Nothing else is affected, and they can still be read in your mailbox. Ask your operator to look into them.';
}

/** Of `n` messages. */
type WordsFor = (n: number) => string;

const SKIP_WORDS: Record<SkipReason, WordsFor> = {
  not_contact: (n) => `nobody in ${them(n)} is a contact in the CRM`,
  outside_scope: () => 'outside the label or folder you chose',
  before_window: () => 'older than what is synced',
  draft: (n) => (n === 1 ? 'a draft, not sent yet' : 'drafts, not sent yet'),
  spam: () => 'in Spam',
  trash: () => 'in the bin',
  chat: (n) => (n === 1 ? 'a chat message, not email' : 'chat messages, not email'),
};

const FAILURE_WORDS: Record<FailureCode, WordsFor> = {
  unreadable: (n) => `the ${messagesAre(n)} damaged`,
  too_large: (n) => `the ${messagesAre(n)} too large`,
  refused_by_provider: (n) => `the mail provider would not hand ${them(n)} over`,
  not_storable: (n) => `we cannot keep something that ${n === 1 ? 'it holds' : 'they hold'}`,
};

const SKIP_ORDER = Object.keys(SKIP_WORDS) as SkipReason[];
const FAILURE_ORDER = Object.keys(FAILURE_WORDS) as FailureCode[];

function emails(n: number): string {
  return n === 1 ? '1 email' : `${count(n)} emails`;
}

function messagesAre(n: number): string {
  return n === 1 ? 'message is' : 'messages are';
}

function count(n: number): string {
  return n.toLocaleString('en-GB');
}

function them(n: number): string {
  return n === 1 ? 'it' : 'them';
}
