/** One line of a bench's output. */
export interface Figure {
  bench: string;
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

export function meetsBound({ value, bound, better }: Figure): boolean {
  if (bound === null) return true;
  return better === 'lower' ? value <= bound : value >= bound;
}
