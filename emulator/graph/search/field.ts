import { wordsOf } from './tokens.ts';

/** Between two values of a field, so that no phrase spans them. */
const GAP = ' | ';

/** Inverted index of one field. A phrase's last word matches as a prefix. */
export class Field {
  #postings = new Map<string, number[]>();
  #texts: (string | undefined)[] = [];

  add(ordinal: number, values: readonly string[]): void {
    const phrases: string[] = [];
    for (const value of values) {
      const words = wordsOf(value);
      if (words.length === 0) continue;
      phrases.push(words.join(' '));
      for (const word of words) this.#post(word, ordinal);
    }
    if (phrases.length > 0) this.#texts[ordinal] = ` ${phrases.join(GAP)} `;
  }

  phrase(words: readonly string[]): number[] {
    const last = words.at(-1);
    if (last === undefined) return [];
    if (words.length === 1) return this.#prefix(last);
    let rarest: number[] | undefined;
    for (const word of words.slice(0, -1)) {
      const list = this.#postings.get(word);
      if (!list) return [];
      if (!rarest || list.length < rarest.length) rarest = list;
    }
    const needle = ` ${words.join(' ')}`;
    return (rarest ?? []).filter((ordinal) => this.#texts[ordinal]?.includes(needle));
  }

  #prefix(word: string): number[] {
    const found = new Set<number>();
    for (const [known, list] of this.#postings) {
      if (known.startsWith(word)) for (const ordinal of list) found.add(ordinal);
    }
    return [...found];
  }

  /** Ordinals only rise, so a repeated word is seen at the end of its list. */
  #post(word: string, ordinal: number): void {
    const list = this.#postings.get(word);
    if (!list) this.#postings.set(word, [ordinal]);
    else if (list[list.length - 1] !== ordinal) list.push(ordinal);
  }
}
