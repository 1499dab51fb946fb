import type { CommandName } from './command.ts';

/** The API's answer: printed, not interpreted. */
// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, whose fields are only printed
export type Answer = any;

/** Each answer as lines for a terminal. */
export const print: Record<CommandName, (answer: Answer) => string> = {
  'backfills list': ({ backfills }) =>
    rows(
      ['backfill', 'kind', 'state', 'failure', 'seen', 'stored', 'failed', 'missing', 'requested'],
      backfills.map((b: Answer) => [
        ...[b.id, b.kind, b.state, b.failure],
        ...[b.receipt?.seen, b.receipt?.stored, b.receipt?.failed, b.receipt?.missing],
        b.requestedAt,
      ]),
      'No backfills.',
    ),
  'backfills explain': (b) =>
    [
      `${b.id} (${b.kind}, ${b.state}) of inbox ${b.inboxId}, ${b.provider}, ${b.inboxStatus}`,
      `why     ${b.why}`,
      `do      ${b.action}`,
      `now     ${b.now.seen} seen = ${b.now.stored} stored + ${b.now.skipped} left out + ${b.now.gone} gone + ${b.now.failed} failed + ${b.now.missing} missing`,
      ...b.now.failures.map((f: Answer) => `        ${f.count} failed: ${f.code}`),
      `slices  ${b.slicesDone} of ${b.slices} done by this run`,
      ...(b.replays ? [`replays ${b.inboxId}.${b.replays}`] : []),
      ...(b.latestReplay ? [`by      ${b.latestReplay}, its latest replay`] : []),
      b.whole ? '✓ whole' : '✗ not whole',
    ].join('\n'),
  'backfills replay': (answer) =>
    answer.replays
      ? [
          rows(
            ['backfill', answer.dryRun ? 'would be' : 'outcome', 'by'],
            answer.replays.map((r: Answer) => [r.id, r.outcome, r.by]),
            'Nothing to replay.',
          ),
          ...(answer.more ? ['There are more: run it again.'] : []),
        ].join('\n')
      : `${answer.outcome}: ${answer.id}. ${answer.message}`,
  'inbox list': ({ inboxes }) =>
    rows(
      ['inbox', 'org', 'user', 'provider', 'status', 'synced', 'open gaps', 'failed backfills'],
      inboxes.map((i: Answer) => [
        ...[i.id, i.orgId, i.userId, i.provider, i.status, i.syncedAt],
        ...[i.openGaps, i.failedBackfills],
      ]),
      'No inboxes.',
    ),
  'inbox show': (i) =>
    [
      `${i.id}  ${i.provider} of ${i.userId} in ${i.orgId}: ${i.status}, epoch ${i.epoch}`,
      `synced up to ${i.syncedAt}, push until ${i.watchExpiresAt}, last push ${i.pushedAt}`,
      ...(i.problem ? [`problem: ${i.problem}`] : []),
      ...i.gaps.map(
        (g: Answer) => `gap ${g.cause} ${g.from} – ${g.to}: ${g.closedAt ? 'closed' : 'OPEN'}`,
      ),
      ...i.verdicts.map((v: Answer) => `${v.count} ${v.kind}${v.reason ? ` (${v.reason})` : ''}`),
      print['backfills list'](i),
    ].join('\n'),
  'inbox wake': ({ message }) => message,
  reconcile: ({ message }) => message,
};

/** Columns as wide as their widest value. */
function rows(head: string[], body: unknown[][], none: string): string {
  if (body.length === 0) return none;
  const cells = [head, ...body.map((row) => row.map((value) => String(value ?? '')))];
  const widths = head.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: string[]): string =>
    row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ');
  return cells.map((row) => line(row).trimEnd()).join('\n');
}
