import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string =>
  readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** Each sentence of the page with what proves it, or why no acceptance test of its own does. */
interface Proofs {
  /** Sentence → `file › name of a test`. */
  proved: Record<string, string[]>;
  /** Why → sentences. */
  explained: Record<string, string[]>;
}

const { proved, explained }: Proofs = JSON.parse(read('docs/email-sync.proofs.json'));
const sentences = sentencesOf(read('docs/email-sync.md'));
const told = [...Object.keys(proved), ...Object.values(explained).flat()];

describe('P11 docs/email-sync.md', () => {
  it('has no sentence that docs/email-sync.proofs.json does not know', () => {
    expect(
      sentences.filter((one) => !told.includes(one)),
      'tie each to the test that proves it under "proved", or say under "explained" why none does',
    ).toEqual([]);
  });

  it('says every sentence that docs/email-sync.proofs.json speaks of', () => {
    expect(told.filter((one) => !sentences.includes(one))).toEqual([]);
    expect(new Set(told).size).toBe(told.length);
  });

  it.each(Object.entries(proved))('%s', (_sentence, tests) => {
    expect(tests.length).toBeGreaterThan(0);
    for (const test of tests) {
      const [file = '', name = ''] = test.split(' › ');
      expect(read(file), test).toContain(name);
    }
  });

  it('ties a sentence to each of the promises P1 to P10', () => {
    const names = Object.values(proved).flat().join('\n');
    for (let n = 1; n <= 10; n++) {
      if (n === 8) continue;
      expect(names, `P${n}`).toMatch(new RegExp(`\\bP${n}\\b`));
    }
  });
});

/** Of paragraphs and lists; headings, tables and code are no promises. */
function sentencesOf(markdown: string): string[] {
  return markdown
    .split(/\n{2,}|\n(?=(?:-|\d+\.) )/)
    .map((block) => block.trim())
    .filter((block) => block !== '' && !/^(?:#|\||```)/.test(block))
    .map((block) => block.replace(/^(?:-|\d+\.) /, '').replace(/\s+/g, ' '))
    .flatMap((text) => text.split(/(?<=[.!?])\s+(?=[A-Z*“"(`])/));
}
