import type { MimeNode } from './tree.ts';

/** The body's bytes with the transfer encoding undone. */
export const decodeBody = (raw: Buffer, node: MimeNode): Buffer => {
  if (node.transferEncoding === 'base64') {
    return Buffer.from(raw.toString('latin1', node.start, node.end), 'base64');
  }
  const bytes = raw.subarray(node.start, node.end);
  return node.transferEncoding === 'quoted-printable' ? decodeQuotedPrintable(bytes) : bytes;
};

const EQUALS = 0x3d;
const CR = 0x0d;
const LF = 0x0a;

const decodeQuotedPrintable = (bytes: Buffer): Buffer => {
  const out = Buffer.allocUnsafe(bytes.length);
  let size = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte !== EQUALS) {
      out[size++] = byte;
      continue;
    }
    if (bytes[i + 1] === LF) i += 1;
    else if (bytes[i + 1] === CR && bytes[i + 2] === LF) i += 2;
    else {
      const code = hexPair(bytes[i + 1], bytes[i + 2]);
      // A stray "=" stays as it is: dropping it would eat the text after it.
      out[size++] = code < 0 ? byte : code;
      if (code >= 0) i += 2;
    }
  }
  return out.subarray(0, size);
};

const hexPair = (high = 0, low = 0): number => {
  const h = hexDigit(high);
  const l = hexDigit(low);
  return h < 0 || l < 0 ? -1 : h * 16 + l;
};

const hexDigit = (code: number): number => {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return -1;
};

/** Bytes in `charset` as a string; an unknown charset is read as latin1, as mail readers do. */
export const decodeCharset = (bytes: Buffer, charset: string): string => {
  const label = charset.trim().toLowerCase();
  if (label === 'utf-8' || label === 'us-ascii' || label === 'utf8') return bytes.toString('utf8');
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return bytes.toString('latin1');
  }
};
