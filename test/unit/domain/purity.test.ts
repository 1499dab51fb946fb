import { readdirSync, readFileSync } from 'node:fs';
import { expect, it, test } from 'vitest';

const DOMAIN = new URL('../../../domain/', import.meta.url);
const files = readdirSync(DOMAIN).filter((file) => file.endsWith('.ts'));
const source = (file: string) => readFileSync(new URL(file, DOMAIN), 'utf8');

it('there is a domain', () => {
  expect(files.length).toBeGreaterThan(10);
});

// address-list.ts decodes headers with postal-mime, for adapters; workflows must not reach it
test.each(files)('%s imports the domain only, so that workflows may load it', (file) => {
  const imports = [...source(file).matchAll(/from '([^']+)'/g)].map((match) => match[1]);
  const outside = imports.filter((name) => !name?.startsWith('./'));
  expect(outside).toEqual(file === 'address-list.ts' ? ['postal-mime'] : []);
  if (file !== 'address-list.ts') expect(imports).not.toContain('./address-list.ts');
});

test.each(files)('%s has no clock and no chance (I10)', (file) => {
  expect(source(file)).not.toMatch(/Date\.now|new Date\(\)|Math\.random|performance\.|crypto/);
});
