import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attachmentDisposition,
  safeContentType,
  safeFilename,
} from '../../../api/content-disposition.ts';

describe('attachment file names', () => {
  it.each([
    ['offer.pdf', 'offer.pdf'],
    ['Ünïcode — naïve.txt', 'Ünïcode — naïve.txt'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\me\\x.doc', 'x.doc'],
    ['.htaccess', 'htaccess'],
    ['', 'attachment'],
    ['...', 'attachment'],
    ['a\r\nSet-Cookie: x=1.txt', 'aSet-Cookie_ x=1.txt'],
    ['invoice\u202efdp.exe', 'invoicefdp.exe'],
    ['zero\u200bwidth\0.txt', 'zerowidth.txt'],
    ['a"b;c.txt', 'a_b;c.txt'],
    ['trailing. . ', 'trailing'],
    ['\ud800lone.txt', 'lone.txt'],
  ])('%j becomes %j', (given, expected) => {
    expect(safeFilename(given)).toBe(expected);
  });

  it('keeps the extension of a long name', () => {
    const name = safeFilename(`${'ä'.repeat(400)}.pdf`);
    expect([...name]).toHaveLength(150);
    expect(name.endsWith('ä.pdf')).toBe(true);
  });

  it('gives both forms of RFC 6266', () => {
    expect(attachmentDisposition("Ange'bot (1) €.pdf")).toBe(
      `attachment; filename="Ange'bot (1) _.pdf"; filename*=UTF-8''Ange%27bot%20%281%29%20%E2%82%AC.pdf`,
    );
    expect(attachmentDisposition('100%.txt')).toContain('filename="100_.txt"');
  });

  it('is a valid header value whatever the sender wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const header = attachmentDisposition(name);
        expect(header).toMatch(
          /^attachment; filename="[\x20-\x21\x23-\x5b\x5d-\x7e]+"; filename\*=UTF-8''[A-Za-z0-9!#$&+.^_`|~%-]+$/,
        );
      }),
      { seed: 11, numRuns: 2_000 },
    );
  });
});

describe('attachment types', () => {
  it.each([
    ['application/zip', 'application/zip'],
    ['image/PNG; name="x.png"', 'image/png'],
    ['text/html', 'application/octet-stream'],
    ['application/xhtml+xml', 'application/octet-stream'],
    ['image/svg+xml', 'application/octet-stream'],
    ['text/javascript', 'application/octet-stream'],
    ['application/pdf', 'application/octet-stream'],
    ['message/rfc822', 'application/octet-stream'],
    ['text/plain\r\nX: y', 'application/octet-stream'],
    ['nonsense', 'application/octet-stream'],
    ['', 'application/octet-stream'],
  ])('%j is sent as %j', (given, expected) => {
    expect(safeContentType(given)).toBe(expected);
  });
});
