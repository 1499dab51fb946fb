import { badRequest } from '../errors.ts';

export type KqlNode =
  | { type: 'and' | 'or'; nodes: KqlNode[] }
  | { type: 'not'; node: KqlNode }
  | { type: 'term'; property: string; operator: string; text: string };

const TOKEN =
  /\s*(?:([()])|"((?:[^"\\]|\\.)*)"|(-)(?=\S)|([A-Za-z]+)(:|=|<>|>=|<=|>|<)|([^\s()"]+))/y;

type Token =
  | { type: 'paren'; text: '(' | ')' }
  | { type: 'text'; text: string; quoted: boolean }
  | { type: 'minus' }
  | { type: 'property'; name: string; operator: string };

const syntaxError = (text: string, at: number) =>
  badRequest(
    `Syntax error: character '${text[at] ?? ''}' is not valid at position ${at} in '${text}'.`,
  );

const tokenize = (text: string): Token[] => {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw syntaxError(text, at);
    const [, paren, quoted, minus, name, operator, word] = match;
    if (paren) tokens.push({ type: 'paren', text: paren as '(' | ')' });
    else if (quoted !== undefined) {
      tokens.push({ type: 'text', text: quoted.replace(/\\(.)/g, '$1'), quoted: true });
    } else if (minus) tokens.push({ type: 'minus' });
    else if (name && operator)
      tokens.push({ type: 'property', name: name.toLowerCase(), operator });
    else tokens.push({ type: 'text', text: word ?? '', quoted: false });
  }
  return tokens;
};

class Parser {
  readonly #text: string;
  readonly #tokens: Token[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  parse(): KqlNode {
    const node = this.#or(null);
    if (this.#at < this.#tokens.length) throw syntaxError(this.#text, this.#text.indexOf(')'));
    return node;
  }

  /** `property` holds inside `participants:(a OR b)`. */
  #or(property: { name: string; operator: string } | null): KqlNode {
    const nodes = [this.#and(property)];
    while (this.#takeWord('OR')) nodes.push(this.#and(property));
    return nodes.length === 1 && nodes[0] ? nodes[0] : { type: 'or', nodes };
  }

  #and(property: { name: string; operator: string } | null): KqlNode {
    const nodes = [this.#unary(property)];
    for (;;) {
      const explicit = this.#takeWord('AND');
      const next = this.#tokens[this.#at];
      const ends = !next || (next.type === 'paren' && next.text === ')') || this.#isWord('OR');
      if (ends && !explicit) break;
      const node = this.#unary(property);
      const last = nodes.at(-1);
      // Without an operator, two restrictions of one property are alternatives.
      if (!explicit && last && sameProperty(last, node)) {
        nodes[nodes.length - 1] = { type: 'or', nodes: [last, node] };
      } else nodes.push(node);
    }
    return nodes.length === 1 && nodes[0] ? nodes[0] : { type: 'and', nodes };
  }

  #unary(property: { name: string; operator: string } | null): KqlNode {
    if (this.#takeWord('NOT')) return { type: 'not', node: this.#unary(property) };
    const token = this.#tokens[this.#at++];
    if (!token) throw syntaxError(this.#text, this.#text.length);
    switch (token.type) {
      case 'minus':
        return { type: 'not', node: this.#unary(property) };
      case 'paren': {
        if (token.text === ')') throw syntaxError(this.#text, this.#text.indexOf(')'));
        const node = this.#or(property);
        const close = this.#tokens[this.#at++];
        if (close?.type !== 'paren' || close.text !== ')') {
          throw syntaxError(this.#text, this.#text.length);
        }
        return node;
      }
      case 'property':
        return this.#unary({ name: token.name, operator: token.operator });
      case 'text': {
        const { name = '', operator = ':' } = property ?? {};
        return { type: 'term', property: name, operator, text: token.text };
      }
    }
  }

  #isWord(word: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.type === 'text' && !token.quoted && token.text === word;
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#at++;
    return true;
  }
}

const sameProperty = (a: KqlNode, b: KqlNode): boolean => {
  const first = a.type === 'or' ? a.nodes[0] : a;
  return (
    first?.type === 'term' &&
    b.type === 'term' &&
    first.property !== '' &&
    first.property === b.property &&
    first.operator === ':' &&
    b.operator === ':'
  );
};

/**
 * The value of `$search`. It has to stand in double quotes; without them only plain words pass.
 * @throws GraphError 400 "Syntax error: character ':' is not valid at position …"
 */
export const parseSearch = (value: string): KqlNode => {
  const quoted = /^"(.*)"$/s.exec(value.trim());
  if (!quoted) {
    const at = value.search(/[^\p{L}\p{N}\s]/u);
    if (at >= 0) throw syntaxError(value, at);
    return new Parser(value).parse();
  }
  // Quotation marks of the query itself come escaped, so that they do not end the value.
  const inner = (quoted[1] ?? '').replace(/\\"/g, '"');
  if (inner.trim() === '') throw badRequest('The search query must not be empty.');
  return new Parser(inner).parse();
};
