import { decodeCharset } from './transfer.ts';

const WORD = /=\?([^?\s]+)\?([bq])\?([^?]*)\?=/gi;

/** RFC 2047 encoded words made readable, for the search index and file names only. */
export const decodeWords = (value: string): string => {
  if (!value.includes('=?')) return value;
  // Blank space between two encoded words is part of the encoding, not of the text.
  return value
    .replace(/(\?=)\s+(=\?)/g, '$1$2')
    .replace(WORD, (_, charset: string, kind: string, text: string) => {
      const bytes =
        kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : Buffer.from(unQ(text), 'latin1');
      return decodeCharset(bytes, charset.split('*')[0] ?? charset);
    });
};

const unQ = (text: string): string =>
  text
    .replace(/_/g, ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** A header value as an encoded word when it is not plain ASCII. */
export const encodeWord = (text: string): string =>
  /^[\x20-\x7e]*$/.test(text)
    ? text
    : `=?UTF-8?B?${Buffer.from(text, 'utf8').toString('base64')}?=`;
