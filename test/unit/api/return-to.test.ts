import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveReturnTo, withOutcome } from '../../../api/return-to.ts';

const OURS = 'https://sync.example.com';
const ALLOWED = ['https://crm.example.com', 'http://localhost:3000'];
const resolve = (given: string): string => resolveReturnTo(given, OURS, ALLOWED);

describe('returnTo', () => {
  it.each([
    ['/', 'https://sync.example.com/'],
    ['/settings?tab=email#x', 'https://sync.example.com/settings?tab=email#x'],
    ['https://sync.example.com/a', 'https://sync.example.com/a'],
    ['https://crm.example.com/settings', 'https://crm.example.com/settings'],
    ['HTTPS://CRM.EXAMPLE.COM/x', 'https://crm.example.com/x'],
    ['http://localhost:3000/', 'http://localhost:3000/'],
    ['/..//evil.example', 'https://sync.example.com//evil.example'],
  ])('takes %s', (given, expected) => {
    expect(resolve(given)).toBe(expected);
  });

  it.each([
    '',
    'settings',
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https:evil.example',
    'https:/evil.example',
    'https://evil.example',
    'https://crm.example.com.evil.example',
    'https://crm.example.com@evil.example',
    'https://user:pw@crm.example.com',
    'https://crm.example.com:8443',
    'http://crm.example.com',
    'javascript:alert(1)',
    'java\tscript:alert(1)',
    'data:text/html,x',
    '/a\r\nSet-Cookie: x=y',
    '/\t/evil.example',
    ' https://evil.example',
    'https://crm.exаmple.com/',
    `/${'a'.repeat(2_000)}`,
    'null',
    'blob:https://crm.example.com/1',
  ])('refuses %j', (given) => {
    expect(() => resolve(given)).toThrow(expect.objectContaining({ code: 'return-to-refused' }));
  });

  it('never leads to an origin that is not allowed, whatever is given', () => {
    const pieces = fc.constantFrom(
      '/',
      '\\',
      'https:',
      'evil.example',
      '@',
      '.',
      '\t',
      '%2f',
      '?',
      '#',
      'crm.example.com',
      ':',
      'a',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 9 }), (parts) => {
        let resolved: string;
        try {
          resolved = resolve(parts.join(''));
        } catch {
          return;
        }
        expect([OURS, ...ALLOWED]).toContain(new URL(resolved).origin);
      }),
      { seed: 7, numRuns: 5_000 },
    );
  });

  it('puts the outcome in place of what the address said of it', () => {
    const to = withOutcome('https://crm.example.com/s?tab=1&outcome=connected&inbox=x#h', {
      outcome: 'consent_denied',
    });
    expect(to).toBe('https://crm.example.com/s?tab=1&outcome=consent_denied#h');
  });
});
