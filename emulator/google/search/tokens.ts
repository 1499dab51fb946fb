const BEYOND_ASCII = /[\u0080-\uffff]/;
const ASCII_SPLIT = /[^a-z0-9]+/;
const SPLIT = /[^\p{L}\p{N}]+/u;

/**
 * Lower-case words as Gmail's index cuts them: at every character that is no letter and no digit,
 * so `Mary.Ann+crm@x-y.com` is mary ann crm x y com. That is why `from:ann@x.com` also finds
 * mary.ann@x.com and ann@x.com.au: a client has to check the parsed addresses itself.
 */
export const tokenize = (text: string): string[] => {
  const lower = text.toLowerCase();
  return lower.split(BEYOND_ASCII.test(lower) ? SPLIT : ASCII_SPLIT).filter(Boolean);
};

/** Separates header values inside one field, so that no phrase can span two of them. */
const GAP = ' | ';

/** Phrases of a field as one string on which a phrase is a plain substring: ` mary ann x com | … `. */
export const fieldText = (phrases: readonly string[]): string => ` ${phrases.join(GAP)} `;
