import { badRequest, invalidFilter } from '../errors.ts';
import { type FilterToken, tokenizeFilter } from './filter-tokens.ts';

export type Comparison = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
type Literal = string | number | boolean | null;

export type FilterNode =
  | { type: 'and' | 'or'; left: FilterNode; right: FilterNode }
  | { type: 'not'; node: FilterNode }
  | { type: 'compare'; property: string; operator: Comparison; value: Literal }
  | { type: 'call'; name: string; property: string; value: Literal }
  | { type: 'any'; property: string; value: Literal }
  | { type: 'extended'; id: string; value: string };

const COMPARISONS: readonly string[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];
const CALLS: readonly string[] = ['startswith', 'endswith', 'contains'];

/** Recursive descent over the part of OData that Outlook takes. */
class Parser {
  readonly #tokens: FilterToken[];
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenizeFilter(text);
  }

  parse(): FilterNode {
    const node = this.#or();
    if (this.#at < this.#tokens.length) throw this.#error();
    return node;
  }

  #or(): FilterNode {
    let left = this.#and();
    while (this.#takeWord('or')) left = { type: 'or', left, right: this.#and() };
    return left;
  }

  #and(): FilterNode {
    let left = this.#unary();
    while (this.#takeWord('and')) left = { type: 'and', left, right: this.#unary() };
    return left;
  }

  #unary(): FilterNode {
    if (this.#takeWord('not')) return { type: 'not', node: this.#unary() };
    if (this.#take('(')) {
      const node = this.#or();
      this.#expect(')');
      return node;
    }
    const word = this.#word();
    if (this.#take('(')) return this.#call(word);
    const operator = this.#word().toLowerCase();
    if (!COMPARISONS.includes(operator)) throw this.#error();
    return {
      type: 'compare',
      property: word,
      operator: operator as Comparison,
      value: this.#value(),
    };
  }

  #call(name: string): FilterNode {
    if (/^singleValueExtendedProperties\/any$/i.test(name)) return this.#extended();
    if (/\/any$/i.test(name)) return this.#any(name.slice(0, -4));
    const lower = name.toLowerCase();
    if (!CALLS.includes(lower)) throw invalidFilter();
    const property = this.#word();
    this.#expect(',');
    const value = this.#value();
    this.#expect(')');
    return { type: 'call', name: lower, property, value };
  }

  /** `categories/any(c:c eq 'x')`; the same over recipients is what Outlook refuses. */
  #any(property: string): FilterNode {
    if (property.toLowerCase() !== 'categories') throw invalidFilter();
    const variable = this.#word();
    this.#expect(':');
    if (this.#word() !== variable || this.#word().toLowerCase() !== 'eq') throw invalidFilter();
    const value = this.#value();
    this.#expect(')');
    return { type: 'any', property, value };
  }

  /** `singleValueExtendedProperties/Any(ep: ep/id eq 'String {…} Name N' and ep/value eq 'x')`. */
  #extended(): FilterNode {
    const variable = this.#word();
    this.#expect(':');
    const id = this.#equals(`${variable}/id`);
    if (!this.#takeWord('and')) throw this.#error();
    const value = this.#equals(`${variable}/value`);
    this.#expect(')');
    return { type: 'extended', id, value };
  }

  #equals(property: string): string {
    if (this.#word() !== property || this.#word().toLowerCase() !== 'eq') throw invalidFilter();
    return String(this.#value());
  }

  #value(): Literal {
    const token = this.#tokens[this.#at++];
    if (token?.type === 'string') return token.text;
    if (token?.type !== 'word') throw this.#error();
    if (token.text === 'true' || token.text === 'false') return token.text === 'true';
    if (token.text === 'null') return null;
    if (/^-?\d+$/.test(token.text)) return Number(token.text);
    if (/^\d{4}-\d\d-\d\d/.test(token.text) && !Number.isNaN(Date.parse(token.text))) {
      return Date.parse(token.text);
    }
    throw this.#error();
  }

  #word(): string {
    const token = this.#tokens[this.#at++];
    if (token?.type !== 'word') throw this.#error();
    return token.text;
  }

  #takeWord(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.type !== 'word' || token.text.toLowerCase() !== text) return false;
    this.#at++;
    return true;
  }

  #take(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.type !== 'punctuation' || token.text !== text) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#error();
  }

  #error() {
    return badRequest(`Invalid filter clause: Syntax error in '${this.#text}'.`);
  }
}

/**
 * @throws GraphError 400: a syntax error, or ErrorInvalidUrlQueryFilter for a form that Outlook
 * does not take (lambdas over recipients, casts, isof)
 */
export const parseFilter = (text: string): FilterNode => new Parser(text).parse();

/** Properties in the order they are named. */
export const propertiesOf = (node: FilterNode): string[] => {
  switch (node.type) {
    case 'and':
    case 'or':
      return [...propertiesOf(node.left), ...propertiesOf(node.right)];
    case 'not':
      return propertiesOf(node.node);
    case 'extended':
      return ['singlevalueextendedproperties'];
    default:
      return [node.property.toLowerCase()];
  }
};
