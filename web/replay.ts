import { useState } from 'preact/hooks';
import { send } from './api.ts';
import type { Replay } from './api-types.ts';
import { useTask } from './resource.ts';
import { Action, Failure, html } from './ui.ts';

interface Props {
  path: string;
  label: string;
  done?: () => void;
}

/** Goes again through what a backfill could not add; harmless when pressed again. */
export function ReplayButton({ path, label, done }: Props) {
  const [said, setSaid] = useState('');
  const replay = useTask(async () => {
    const { message } = await send<Replay>('POST', path);
    setSaid(message);
    done?.();
  });
  return html`<div class="row"><${Action} label=${label} busyLabel="Asking …" busy=${replay.busy} onClick=${() => replay.run()} />
      <span role="status">${said}</span></div>
    ${replay.error && html`<${Failure} error=${replay.error} />`}`;
}
