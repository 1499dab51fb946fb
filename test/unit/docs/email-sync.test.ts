import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** Sentence of the page → the tests that prove it, each as `file › how its name begins`. */
const proved: Record<string, string[]> = JSON.parse(read('docs/email-sync.proofs.json'));
const sentences = sentencesOf(read('docs/email-sync.md'));
const told = Object.keys(proved);

describe('P11 docs/email-sync.md', () => {
  it('has no sentence that docs/email-sync.proofs.json does not know', () => {
    expect(
      sentences.filter((one) => !told.includes(one)),
      'tie each to the test that proves it; a sentence that none can prove promises nothing, so leave it out',
    ).toEqual([]);
  });

  it('says every sentence that docs/email-sync.proofs.json speaks of', () => {
    expect(told.filter((one) => !sentences.includes(one))).toEqual([]);
  });

  it.each(Object.entries(proved))('%s', (_sentence, tests) => {
    expect(tests.length).toBeGreaterThan(0);
    for (const test of tests) {
      const [file = '', name = ''] = test.split(' › ');
      expect(name.length, test).toBeGreaterThan(10);
      const before = textBefore(read(file), name);
      expect(before, test).not.toBeNull();
      expect(before, `${test} is skipped`).not.toMatch(SKIPPED);
    }
  });

  it('ties a sentence to each of the promises P1 to P10', () => {
    const names = Object.values(proved).flat().join('\n');
    for (let n = 1; n <= 10; n++) {
      expect(names, `P${n}`).toMatch(new RegExp(`\\bP${n}\\b`));
    }
  });
});

/** A test or a suite that does not run, or one that is a comment, proves nothing. */
const SKIPPED = /(?:describe\.(?:skip|todo)|\.(?:skip|todo)\w*\([^'`]*$|\/\/[^\n]*$)/;

/** @returns null when no test has that name */
function textBefore(source: string, name: string): string | null {
  const at = ["'", '`'].map((quote) => source.indexOf(`${quote}${name}`)).find((i) => i >= 0);
  return at === undefined ? null : source.slice(0, at);
}

/** Of paragraphs and lists; headings, tables and code are no promises. */
function sentencesOf(markdown: string): string[] {
  return markdown
    .split(/\n{2,}|\n(?=(?:-|\d+\.) )/)
    .map((block) => block.trim())
    .filter((block) => block !== '' && !/^(?:#|\||```)/.test(block))
    .map((block) => block.replace(/^(?:-|\d+\.) /, '').replace(/\s+/g, ' '))
    .flatMap((text) => text.split(/(?<=[.!?])\s+(?=[A-Z*“"(`])/));
}
