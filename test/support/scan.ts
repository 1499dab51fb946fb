import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A text in the forms that a leak would have: as it is, in UTF-16, and anywhere within base64 or hex. */
function formsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    // What the neighbours decide, at either end, is left out.
    return text.slice(shift === 0 ? 0 : shift + 1, text.length - 4);
  });
  return [secret, ...base64, bytes.toString('hex')]
    .map((text) => Buffer.from(text))
    .concat(Buffer.from(secret, 'utf16le'));
}

/** @returns those of the secrets that the bytes hold, in any form */
export const findIn = (bytes: Buffer, secrets: readonly string[]): string[] =>
  secrets.filter((secret) => formsOf(secret).some((form) => bytes.includes(form)));

export interface Found {
  /** `secret in file`, sorted. */
  hits: string[];
  files: number;
  bytes: number;
}

/** Every file below a directory, as it lies on the disk. */
export function scanFiles(directory: string, secrets: readonly string[]): Found {
  const found: Found = { hits: [], files: 0, bytes: 0 };
  for (const name of globSync('**/*', { cwd: directory })) {
    const path = join(directory, name);
    if (!statSync(path).isFile()) continue;
    const bytes = readFileSync(path);
    found.files += 1;
    found.bytes += bytes.length;
    found.hits.push(...findIn(bytes, secrets).map((secret) => `${secret} in ${name}`));
  }
  found.hits.sort();
  return found;
}
