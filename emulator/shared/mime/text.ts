import { decodeBody, decodeCharset } from './transfer.ts';
import type { MimeNode } from './tree.ts';

/** The text a reader sees: the first text/plain leaf, else the first text/html without tags. */
export const readableText = (raw: Buffer, root: MimeNode): string => {
  const plain = findLeaf(root, 'text/plain');
  if (plain) return decodeCharset(decodeBody(raw, plain), plain.charset);
  const htmlLeaf = findLeaf(root, 'text/html');
  return htmlLeaf ? stripTags(decodeCharset(decodeBody(raw, htmlLeaf), htmlLeaf.charset)) : '';
};

export const findLeaf = (node: MimeNode, mimeType: string): MimeNode | null => {
  if (node.children.length === 0) {
    return node.mimeType === mimeType && !node.isAttachment ? node : null;
  }
  // Gmail does not look for the text of a message inside a forwarded message.
  if (node.mimeType === 'message/rfc822') return null;
  for (const child of node.children) {
    const found = findLeaf(child, mimeType);
    if (found) return found;
  }
  return null;
};

const stripTags = (page: string): string =>
  decodeEntities(
    page
      .replace(/<(style|script|head|title)\b[\s\S]*?<\/\1\s*>/gi, ' ')
      .replace(/<!--[\s\S]*?-->/g, ' ')
      .replace(/<[^>]*>/g, ' '),
  );

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

export const decodeEntities = (text: string): string =>
  text.replace(/&(#x?[0-9a-f]+|\w+);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return ENTITIES[name.toLowerCase()] ?? whole;
    const hex = name[1] === 'x' || name[1] === 'X';
    const code = Number.parseInt(name.slice(hex ? 2 : 1), hex ? 16 : 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
