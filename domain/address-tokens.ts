/** Pieces of an address header, found in one pass: time grows with the length only. */
export type AddressToken =
  /** Part of a word. `joined`: it continues the word before it, with no blank between. */
  | { kind: 'text'; text: string; joined: boolean }
  /** Content of a quoted string, escapes kept. */
  | { kind: 'quoted'; text: string; joined: boolean }
  | { kind: 'comment'; text: string }
  /** What stood in `<>`. */
  | { kind: 'angle'; text: string }
  | { kind: 'colon' }
  /** `,` or `;`: some programs separate with the latter, and it ends a group as well. */
  | { kind: 'separator' };

/** One token even where it illegally holds a comma or blank, as in `=?utf-8?Q?Doe,_Jane?=`. */
const ENCODED_WORD = /=\?[^?\s]{1,80}\?[BbQq]\?[^?<>"]{0,500}\?=/y;
const PLAIN_RUN = /[^\s\p{Cc}"(),:;<[\\=]+/uy;
const BLANK_RUN = /[\s\p{Cc}]+/uy;
/** `user@[IPv6:fe80::1]`: the colons start no group. */
const DOMAIN_LITERAL = /\[[^\]\s]{0,60}\]/y;
export function* addressTokens(header: string): Generator<AddressToken, void> {
  yield* new Lexer(header).tokens();
}

class Lexer {
  readonly #text: string;
  #at = 0;
  /** The character before is part of a word. */
  #inWord = false;
  /** Once one is found unclosed, so is every later one: looking again would be quadratic. */
  #noMoreQuotes = false;
  #noMoreComments = false;

  constructor(text: string) {
    this.#text = text;
  }

  *tokens(): Generator<AddressToken, void> {
    while (this.#at < this.#text.length) {
      const token = this.#next();
      if (!token) continue;
      if (token.kind !== 'comment') this.#inWord = token.kind === 'text' || token.kind === 'quoted';
      yield token;
    }
  }

  #next(): AddressToken | null {
    const char = this.#text[this.#at] ?? '';
    if (char === '"') return this.#quoted();
    if (char === '(') return this.#comment();
    if (char === '<') return { kind: 'angle', text: this.#angle() };
    if (/[\s\p{Cc}]/u.test(char)) {
      this.#take(BLANK_RUN);
      this.#inWord = false;
      return null;
    }
    if (char === ',' || char === ';' || char === ':') {
      this.#at++;
      return char === ':' ? { kind: 'colon' } : { kind: 'separator' };
    }
    return this.#word(char);
  }

  #word(char: string): AddressToken {
    if (char === '\\') this.#at++;
    const text =
      (char === '[' && this.#text[this.#at - 1] === '@' && this.#take(DOMAIN_LITERAL)) ||
      this.#take(ENCODED_WORD) ||
      this.#take(PLAIN_RUN) ||
      this.#text.charAt(this.#at++);
    return { kind: 'text', text, joined: this.#inWord };
  }

  /** A quote that never closes is dropped, and what follows read as if it were not there. */
  #quoted(): AddressToken | null {
    const text = this.#quotedContent();
    if (text === null) this.#at++;
    return text === null ? null : { kind: 'quoted', text, joined: this.#inWord };
  }

  #comment(): AddressToken {
    const length = this.#commentLength();
    const start = this.#at;
    this.#at += Math.max(length, 1);
    if (length === 0) return { kind: 'text', text: '(', joined: this.#inWord };
    return { kind: 'comment', text: this.#text.slice(start + 1, start + length - 1) };
  }

  /** Up to `>` or, where that is missing, to what cannot be inside: `<`, `;`, `,`. */
  #angle(): string {
    let inside = '';
    this.#at++;
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at);
      if (char === '<' || char === ';' || char === ',') return inside;
      const quoted = char === '"' ? this.#quotedContent() : null;
      const comment = char === '(' ? this.#commentLength() : 0;
      if (quoted !== null) inside += `"${quoted}"`;
      else this.#at += Math.max(comment, 1);
      if (char === '>') return inside;
      if (char !== '"' && comment === 0) inside += char;
    }
    return inside;
  }

  /** Content of the quoted string that starts here, read past its end; null when it never ends. */
  #quotedContent(): string | null {
    for (let at = this.#at + 1; at < this.#text.length && !this.#noMoreQuotes; at++) {
      if (this.#text[at] === '\\') at++;
      else if (this.#text[at] === '"') {
        const content = this.#text.slice(this.#at + 1, at);
        this.#at = at + 1;
        return content;
      }
    }
    this.#noMoreQuotes = true;
    return null;
  }

  /** Length of the comment that starts here, with both parentheses; 0 when it never ends. */
  #commentLength(): number {
    let depth = 0;
    for (let at = this.#at; at < this.#text.length && !this.#noMoreComments; at++) {
      const char = this.#text[at];
      if (char === '\\') at++;
      else if (char === '(') depth++;
      else if (char === ')' && --depth === 0) return at + 1 - this.#at;
    }
    this.#noMoreComments = true;
    return 0;
  }

  #take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? null;
    this.#at += found?.length ?? 0;
    return found;
  }
}
