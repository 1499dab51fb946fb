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

/** @returns what tells which of the secrets some bytes hold, in any form */
const finderOf = (secrets: readonly string[]): ((bytes: Buffer) => string[]) => {
  const forms = secrets.map((secret) => ({ secret, forms: formsOf(secret) }));
  return (bytes) =>
    forms
      .filter((one) => one.forms.some((form) => bytes.includes(form)))
      .map(({ secret }) => secret);
};

/** @returns those of the secrets that the bytes hold, in any form */
export const findIn = (bytes: Buffer, secrets: readonly string[]): string[] =>
  finderOf(secrets)(bytes);

export interface Found {
  /** `secret in file`, sorted. */
  hits: string[];
  files: number;
  bytes: number;
}

/** Every file below a directory whose path there is like that, as it lies on the disk. */
export function scanFiles(directory: string, secrets: readonly string[], like = '**/*'): Found {
  const found: Found = { hits: [], files: 0, bytes: 0 };
  const find = finderOf(secrets);
  for (const name of globSync(like, { cwd: directory })) {
    const bytes = bytesOf(join(directory, name));
    if (!bytes) continue;
    found.files += 1;
    found.bytes += bytes.length;
    found.hits.push(...find(bytes).map((secret) => `${secret} in ${name}`));
  }
  found.hits.sort();
  return found;
}

/** Null for a directory, and for what a running server has removed since it was listed. */
function bytesOf(path: string): Buffer | null {
  try {
    return statSync(path).isFile() ? readFileSync(path) : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
