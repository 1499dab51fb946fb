import { OUTCOMES, type Outcome } from './outcomes.ts';

interface Told {
  kind: 'good' | 'warn';
  title: string;
  words: string;
}

const GOOD: readonly Outcome[] = ['connected', 'reconnected', 'sending_on'];

/** What the API put on the address. Told once: a reload does not say it again. */
export function outcomeOf(): Told | null {
  const code = new URLSearchParams(location.search).get('outcome');
  if (code === null) return null;
  history.replaceState(null, '', `/${location.hash}`);
  const outcome = code in OUTCOMES ? (code as Outcome) : 'provider_error';
  const { title, words } = OUTCOMES[outcome];
  return { kind: GOOD.includes(outcome) ? 'good' : 'warn', title: `${title}.`, words };
}
