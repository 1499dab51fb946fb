/** One line of a bench's output, the bench's name apart. */
export interface Figure {
  figure: string;
  value: number;
  unit: string;
  /** null: told, not judged. */
  bound: number | null;
  better: 'lower' | 'higher';
}

/** What a bench found: its figures, and all that they were made from. */
export interface Outcome {
  figures: Figure[];
  /** What was run: sizes, rates, settings. */
  parameters: Record<string, unknown>;
  samples: Record<string, unknown>;
}

export const atMost = (figure: string, value: number, unit: string, bound: number): Figure => ({
  ...{ figure, value, unit, bound, better: 'lower' },
});

export const atLeast = (figure: string, value: number, unit: string, bound: number): Figure => ({
  ...{ figure, value, unit, bound, better: 'higher' },
});

/** Shown for what it is worth. */
export const unjudged = (figure: string, value: number, unit: string, better: Figure['better']) =>
  ({ figure, value, unit, bound: null, better }) satisfies Figure;

export function meetsBound({ value, bound, better }: Figure): boolean {
  if (bound === null) return true;
  return better === 'lower' ? value <= bound : value >= bound;
}
