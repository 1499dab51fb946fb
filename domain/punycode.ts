/** The readable form of an internationalised domain. The way to A-labels is in address.ts. */

const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const INITIAL_BIAS = 72;
const INITIAL_CODE_POINT = 128;

/**
 * A domain with its `xn--` labels decoded; labels that do not decode stay as they are.
 * Node's `url.domainToUnicode` does the same, but is missing from Temporal's workflow sandbox.
 */
export function unicodeDomain(asciiDomain: string): string {
  return asciiDomain
    .split('.')
    .map((label) => (label.startsWith('xn--') ? (decodeLabel(label.slice(4)) ?? label) : label))
    .join('.');
}

/** RFC 3492 section 6.2, input without the `xn--`; null when malformed. */
function decodeLabel(punycode: string): string | null {
  const delimiter = punycode.lastIndexOf('-');
  const output = [...punycode.slice(0, Math.max(delimiter, 0))].map((c) => c.codePointAt(0) ?? 0);
  let codePoint = INITIAL_CODE_POINT;
  let bias = INITIAL_BIAS;
  let position = 0;
  for (let at = delimiter + 1; at < punycode.length; ) {
    const before = position;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      const digit = digitValue(punycode.charCodeAt(at++));
      if (digit < 0) return null;
      position += digit * weight;
      const threshold = Math.min(Math.max(k - bias, T_MIN), T_MAX);
      if (digit < threshold) break;
      weight *= BASE - threshold;
    }
    const length = output.length + 1;
    bias = adaptBias(position - before, length, before === 0);
    codePoint += Math.floor(position / length);
    if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) return null;
    position %= length;
    output.splice(position++, 0, codePoint);
  }
  return String.fromCodePoint(...output);
}

/** Value of a lower-case base-36 digit, letters first; -1 for anything else and past the end. */
function digitValue(charCode: number): number {
  if (charCode >= 0x61 && charCode <= 0x7a) return charCode - 0x61;
  if (charCode >= 0x30 && charCode <= 0x39) return charCode - 0x30 + 26;
  return -1;
}

/** RFC 3492 section 6.1. */
function adaptBias(delta: number, length: number, first: boolean): number {
  let scaled = Math.floor(delta / (first ? DAMP : 2));
  scaled += Math.floor(scaled / length);
  let k = 0;
  for (; scaled > ((BASE - T_MIN) * T_MAX) / 2; k += BASE) {
    scaled = Math.floor(scaled / (BASE - T_MIN));
  }
  return k + Math.floor(((BASE - T_MIN + 1) * scaled) / (scaled + SKEW));
}
