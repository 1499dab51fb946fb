import { matchesPattern } from './pattern.ts';

export interface LatencyRule {
  /** Method name or pattern; left out, every call. */
  method?: string;
  ms: number;
}

/** Fixed waits per HTTP request, last rule first; a batch pays once, under the name `batch`. */
export class Latency {
  #rules: LatencyRule[] = [];

  set(rules: readonly LatencyRule[]): void {
    this.#rules = [...rules];
  }

  of(method: string): number {
    const rule = this.#rules.findLast(
      (candidate) => candidate.method === undefined || matchesPattern(method, candidate.method),
    );
    return rule?.ms ?? 0;
  }
}
