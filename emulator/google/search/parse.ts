/** A search query as a tree. `field` is '' for bare words, which look everywhere. */
export type Query =
  | { kind: 'all' }
  | { kind: 'and' | 'or'; of: Query[] }
  | { kind: 'not'; of: Query }
  | { kind: 'term'; field: string; value: string };

const OPERATORS = new Set(
  (
    'from to cc bcc subject label in is has after before older newer older_than newer_than ' +
    'category list deliveredto filename size larger smaller rfc822msgid'
  ).split(' '),
);

/** Deeper brackets are read as blanks, so no query can exhaust the stack. */
const MAX_DEPTH = 60;

const ALL: Query = { kind: 'all' };

/**
 * Parses `q`. Like Gmail it never refuses: unbalanced brackets and quotes close at the end, an
 * unknown operator is text. OR binds tighter than the blank between terms (not documented; it is
 * how Google's searches read). `-` negates what follows.
 */
export const parseQuery = (text: string): Query => {
  const parser = new Parser(text);
  const parts: Query[] = [];
  while (!parser.done) {
    parts.push(parser.list('', 0, 'and'));
    // Only a stray closing bracket can stop the list early.
    parser.at++;
  }
  return combine('and', parts);
};

const combine = (kind: 'and' | 'or', parts: Query[]): Query => {
  const real = parts.filter((part) => part.kind !== 'all');
  if (real.length === 0) return ALL;
  return real.length === 1 && real[0] ? real[0] : { kind, of: real };
};

class Parser {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** Terms up to a closing bracket or the end; the bracket is left for the caller. */
  list(field: string, depth: number, kind: 'and' | 'or'): Query {
    const parts: Query[] = [];
    for (;;) {
      this.#blanks();
      if (this.done || this.#peek() === ')' || this.#peek() === '}') break;
      if (this.#keyword('AND')) continue;
      if (this.#keyword('OR')) {
        this.#blanks();
        if (this.done || this.#peek() === ')' || this.#peek() === '}') break;
        const left = parts.pop() ?? ALL;
        parts.push(combine('or', [left, this.#unary(field, depth)]));
      } else {
        parts.push(this.#unary(field, depth));
      }
    }
    return combine(kind, parts);
  }

  #unary(field: string, depth: number): Query {
    const char = this.#peek();
    if (char === '-') {
      this.at++;
      if (this.done || /\s/.test(this.#peek())) return ALL;
      const inner = this.#unary(field, depth);
      return inner.kind === 'all' ? ALL : { kind: 'not', of: inner };
    }
    if (char === '(' || char === '{') return this.#group(field, depth);
    if (char === '"') return this.#term(field, this.#quoted());
    if (char === ')' || char === '}') return ALL;
    return this.#operator(depth) ?? this.#term(field, this.#word());
  }

  #group(field: string, depth: number): Query {
    const close = this.#peek() === '(' ? ')' : '}';
    this.at++;
    if (depth >= MAX_DEPTH) return ALL;
    const inner = this.list(field, depth + 1, close === ')' ? 'and' : 'or');
    if (this.#peek() === ')' || this.#peek() === '}') this.at++;
    return inner;
  }

  #operator(depth: number): Query | null {
    const name = /^[a-z0-9_]+(?=:)/i.exec(this.text.slice(this.at, this.at + 16))?.[0];
    const field = name?.toLowerCase();
    if (!name || !field || !OPERATORS.has(field)) return null;
    this.at += name.length + 1;
    const char = this.#peek();
    if (char === '(' || char === '{') return this.#group(field, depth);
    return this.#term(field, char === '"' ? this.#quoted() : this.#word());
  }

  #term(field: string, value: string): Query {
    return value === '' ? ALL : { kind: 'term', field, value };
  }

  #quoted(): string {
    const end = this.text.indexOf('"', this.at + 1);
    const stop = end < 0 ? this.text.length : end;
    const value = this.text.slice(this.at + 1, stop);
    this.at = stop + 1;
    return value;
  }

  #word(): string {
    const start = this.at;
    while (!this.done && !/[\s(){}"]/.test(this.#peek())) this.at++;
    return this.text.slice(start, this.at);
  }

  #keyword(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    const next = this.text[this.at + word.length] ?? ' ';
    if (!/[\s(){}"]/.test(next)) return false;
    this.at += word.length;
    return true;
  }

  #blanks(): void {
    while (!this.done && /\s/.test(this.#peek())) this.at++;
  }

  #peek(): string {
    return this.text[this.at] ?? '';
  }
}
