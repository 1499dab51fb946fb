import { OUTCOMES, type Outcome, outcomeWords, WENT_WELL } from './outcomes.ts';

export interface Told {
  code: Outcome;
  /** The inbox it is about, where there is one. */
  inboxId: string | null;
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
export function outcomeOf(windowDays: number): Told | null {
  const query = new URLSearchParams(location.search);
  const code = query.get('outcome');
  if (code === null) return null;
  history.replaceState(null, '', `/${location.hash}`);
  const begunHere = sessionStorage.getItem(BEGUN) !== null;
  sessionStorage.removeItem(BEGUN);
  const outcome = code in OUTCOMES ? (code as Outcome) : 'provider_error';
  const good = WENT_WELL.includes(outcome);
  if (good && !begunHere) return null;
  return {
    ...{ code: outcome, inboxId: query.get('inbox'), kind: good ? 'good' : 'warn' },
    ...outcomeWords(outcome, windowDays),
  };
}
