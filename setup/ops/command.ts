import { parseArgs } from 'node:util';

/** Not a command of ours; the message is the help. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const HELP = `npm run ops -- <command> [--json]

  backfills list [--failed] [--state S] [--kind K] [--inbox ID] [--org ID]
                                   newest first; --failed: ended without everything, not replayed yet
  backfills explain <inbox>.<n>    how it ended, why, and what to do
  backfills replay <inbox>.<n>     a run over what failed or is missing; harmless again
  backfills replay --all [--kind K] [--inbox ID] [--org ID] [--dry-run]
  inbox list [--status S] [--org ID]
  inbox show <inbox>               state, gaps, backfills, counts
  inbox wake <inbox>               look for work now; starts a missing workflow
  reconcile                        compare Postgres with Temporal now, and mend

  --json prints the API's answer. "replay", "explain" and "wake" also work without the first word.
  Exit codes: 0 done, 1 refused or out of reach, 2 not a command, 3 done for some and not for others.`;

const OPTIONS = {
  json: { type: 'boolean', default: false },
  failed: { type: 'boolean', default: false },
  all: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  state: { type: 'string' },
  status: { type: 'string' },
  kind: { type: 'string' },
  inbox: { type: 'string' },
  org: { type: 'string' },
} as const;

const NAMES = [
  ...['backfills list', 'backfills explain', 'backfills replay'],
  ...['inbox list', 'inbox show', 'inbox wake', 'reconcile'],
] as const;
export type CommandName = (typeof NAMES)[number];

export interface Command {
  name: CommandName;
  /** Inbox or backfill; null for commands that take none. */
  id: string | null;
  options: ReturnType<typeof parse>['values'];
}

const SHORT: Record<string, string> = {
  replay: 'backfills',
  explain: 'backfills',
  wake: 'inbox',
};

/** @throws UsageError */
export function parseCommand(args: readonly string[]): Command {
  const { values: options, positionals } = parse(args);
  const [first = ''] = positionals;
  const words = SHORT[first] ? [SHORT[first], ...positionals] : positionals;
  const taken = words[0] === 'reconcile' ? 1 : 2;
  const name = NAMES.find((one) => one === words.slice(0, taken).join(' '));
  const [id = null, ...rest] = words.slice(taken);
  if (!name || rest.length > 0) throw new UsageError(HELP);
  const takesId = ['backfills explain', 'inbox show', 'inbox wake'].includes(name);
  const takesIdOrAll = name === 'backfills replay';
  if (takesIdOrAll ? (id === null) !== options.all : (id !== null) !== takesId) {
    throw new UsageError(HELP);
  }
  return { name, id, options };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${HELP}`);
  }
}
