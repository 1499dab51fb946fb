/**
 * Text in legacy charsets, for composing mail as old programs send it. Node decodes them all but
 * encodes none, so the tables are read off the decoder once.
 */
const tables = new Map<string, Map<string, number[]>>();

const tableOf = (charset: string): Map<string, number[]> => {
  const known = tables.get(charset);
  if (known) return known;
  const table = new Map<string, number[]>();
  const decoder = new TextDecoder(charset);
  const note = (bytes: number[]) => {
    const text = decoder.decode(Uint8Array.from(bytes));
    if ([...text].length === 1 && text !== '\ufffd' && !table.has(text)) table.set(text, bytes);
  };
  for (let byte = 0; byte < 256; byte++) note([byte]);
  if (MULTI_BYTE.has(charset)) {
    for (let lead = 0x81; lead < 0xff; lead++) {
      for (let trail = 0x40; trail < 0xff; trail++) note([lead, trail]);
    }
  }
  tables.set(charset, table);
  return table;
};

const MULTI_BYTE = new Set(['shift_jis', 'euc-jp', 'gb2312', 'gbk', 'big5', 'euc-kr']);

/** Bytes of `text` in `charset`; what the charset lacks becomes "?". */
export const encodeCharset = (text: string, charset: string): Buffer => {
  const label = charset.toLowerCase();
  if (label === 'utf-8' || label === 'us-ascii') return Buffer.from(text, 'utf8');
  if (label === 'iso-2022-jp') return encodeIso2022Jp(text);
  const table = tableOf(label);
  return Buffer.from([...text].flatMap((char) => table.get(char) ?? [0x3f]));
};

const TO_JIS = [0x1b, 0x24, 0x42];
const TO_ASCII = [0x1b, 0x28, 0x42];

/** JIS bytes are EUC-JP's with the high bit off, between escapes. */
const encodeIso2022Jp = (text: string): Buffer => {
  const table = tableOf('euc-jp');
  const bytes: number[] = [];
  let japanese = false;
  for (const char of text) {
    const euc = table.get(char);
    const isJapanese = euc?.length === 2;
    if (isJapanese !== japanese) bytes.push(...(isJapanese ? TO_JIS : TO_ASCII));
    japanese = isJapanese;
    bytes.push(...(isJapanese ? euc.map((byte) => byte & 0x7f) : [char.charCodeAt(0) & 0x7f]));
  }
  if (japanese) bytes.push(...TO_ASCII);
  return Buffer.from(bytes);
};
