import { useState } from 'preact/hooks';
import { send } from './api.ts';
import type { BulkReplay } from './api-types.ts';
import { useTask } from './resource.ts';
import { Action, Failure, html } from './ui.ts';
import { many } from './words.ts';

/** All that failed, after a look at what that would be. */
export function ReplayAll({ done }: { done: () => void }) {
  const [foreseen, setForeseen] = useState<BulkReplay | null>(null);
  const [said, setSaid] = useState('');
  const ask = useTask(async (dryRun: boolean) => {
    const answer = await send<BulkReplay>('POST', '/api/v1/ops/backfills/replay', { dryRun });
    setForeseen(dryRun ? answer : null);
    setSaid(inWords(answer));
    if (!dryRun) done();
  });
  const count = foreseen ? countOf(foreseen, 'would_replay') : 0;
  return html`<div class="row">
      <${Action} label="What would replaying all do?" busyLabel="Asking …" busy=${ask.busy} onClick=${() => ask.run(true)} />
      ${count > 0 && html`<${Action} label=${`Replay ${many(count, 'backfill')}`} busyLabel="Asking …" busy=${ask.busy} onClick=${() => ask.run(false)} />`}
      <span role="status">${said}</span></div>
    ${ask.error && html`<${Failure} error=${ask.error} />`}`;
}

const countOf = ({ replays }: BulkReplay, outcome: string): number =>
  replays.filter((one) => one.outcome === outcome).length;

function inWords(answer: BulkReplay): string {
  const away = countOf(answer, 'not_connected');
  const replayed = answer.replays.length - away;
  const first = answer.dryRun
    ? `${many(replayed, 'backfill')} would be replayed.`
    : `${many(replayed, 'backfill')} asked for.`;
  const rest = away > 0 ? ` ${many(away, 'backfill')} must wait until the inbox is connected.` : '';
  return `${first}${rest}${answer.more ? ' There are more: ask again afterwards.' : ''}`;
}
