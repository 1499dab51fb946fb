import { badRequest } from '../errors.ts';

export type FilterToken =
  | { type: 'word'; text: string }
  | { type: 'string'; text: string }
  | { type: 'punctuation'; text: '(' | ')' | ',' | ':' };

const TOKEN = /\s*(?:'((?:[^']|'')*)'|([(),]|:(?=\s*[A-Za-z]))|([^\s(),':]+(?::\d[^\s(),']*)?))/y;

/** @throws GraphError for a quote left open */
export const tokenizeFilter = (text: string): FilterToken[] => {
  const tokens: FilterToken[] = [];
  TOKEN.lastIndex = 0;
  while (text.slice(TOKEN.lastIndex).trim() !== '') {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) {
      throw badRequest(`Invalid filter clause: Syntax error at position ${at} in '${text}'.`);
    }
    const [, quoted, punctuation, word] = match;
    if (quoted !== undefined) tokens.push({ type: 'string', text: quoted.replaceAll("''", "'") });
    else if (punctuation) {
      tokens.push({ type: 'punctuation', text: punctuation as '(' | ')' | ',' | ':' });
    } else tokens.push({ type: 'word', text: word ?? '' });
  }
  return tokens;
};
