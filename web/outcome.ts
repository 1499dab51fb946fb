import { OUTCOMES, type Outcome, WENT_WELL } from './outcomes.ts';

interface Told {
  code: Outcome;
  kind: 'good' | 'warn';
  title: string;
  words: string;
}

const BEGUN = 'consent-begun';

/** To the provider's consent, of which this tab then believes that it went well. */
export function goToProvider(url: string): void {
  expectOutcome();
  location.assign(url);
}

export function expectOutcome(): void {
  sessionStorage.setItem(BEGUN, 'yes');
}

/**
 * What the API put on the address. Told once: a reload does not say it again. That it went well is
 * told only in a tab that went to a provider, or anybody's link could say what never happened.
 */
export function outcomeOf(): Told | null {
  const code = new URLSearchParams(location.search).get('outcome');
  if (code === null) return null;
  history.replaceState(null, '', `/${location.hash}`);
  const begunHere = sessionStorage.getItem(BEGUN) !== null;
  sessionStorage.removeItem(BEGUN);
  const outcome = code in OUTCOMES ? (code as Outcome) : 'provider_error';
  const { title, words } = OUTCOMES[outcome];
  const good = WENT_WELL.includes(outcome);
  if (good && !begunHere) return null;
  return { code: outcome, kind: good ? 'good' : 'warn', title: `${title}.`, words };
}
