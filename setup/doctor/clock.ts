import type { Said } from './ask.ts';
import { bad, type Finding, ok } from './finding.ts';

/** Tokens are dated by the second, and are refused a minute or so beside the mark. */
const MAX_SKEW_MS = 30_000;

/** @param theirs epoch ms */
export function judgeClock(whose: string, theirs: number, ours = Date.now()): Finding[] {
  const skewMs = Math.abs(theirs - ours);
  if (skewMs <= MAX_SKEW_MS) return [ok(`the clock of ${whose} agrees with ours`)];
  const skew = `${Math.round(skewMs / 1_000)} s from that of ${whose}`;
  return [bad(`our clock is ${skew}: tokens and pushes will be refused. Set it by NTP.`)];
}

/** By the `Date` of an answer, which every server of the providers sends. */
export const judgeDate = (whose: string, { headers }: Said): Finding[] => {
  const theirs = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(theirs) ? [] : judgeClock(whose, theirs);
};
