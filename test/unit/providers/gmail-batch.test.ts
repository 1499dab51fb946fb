import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProviderUnavailableError } from '../../../providers/errors.ts';
import { buildBatch, parseBatch } from '../../../providers/gmail/batch.ts';

const CONTENT_TYPE = 'multipart/mixed; boundary="batch_x"';

const part = (id: string | null, status: string, body: string, eol = '\r\n') =>
  [
    'Content-Type: application/http',
    ...(id === null ? [] : [`Content-ID: <response-${id}@sambandh>`]),
    '',
    `HTTP/1.1 ${status}`,
    'Content-Type: application/json; charset=UTF-8',
    'Retry-After: 7',
    '',
    body,
  ].join(eol);

const answer = (parts: string[], { eol = '\r\n', end = '--batch_x--' } = {}) => ({
  contentType: CONTENT_TYPE,
  body: Buffer.from(
    parts.map((text) => `--batch_x${eol}${text}${eol}`).join('') + (end && end + eol),
  ),
});

describe('batch', () => {
  it('asks by path only, each part with its own Content-ID', () => {
    expect(buildBatch(['/gmail/v1/a?b=c', '/gmail/v1/d']).body).toBe(
      '--sambandh_batch\r\nContent-Type: application/http\r\nContent-ID: <item-0@sambandh>\r\n\r\n' +
        'GET /gmail/v1/a?b=c\r\n\r\n' +
        '--sambandh_batch\r\nContent-Type: application/http\r\nContent-ID: <item-1@sambandh>\r\n\r\n' +
        'GET /gmail/v1/d\r\n\r\n' +
        '--sambandh_batch--\r\n',
    );
  });

  it.each(['\r\n', '\n'])(
    'reads parts by Content-ID, whatever their order (line end %j)',
    (eol) => {
      const json = '{\r\n "id": "x",\r\n "text": "--batch_x ä"\r\n}\r\n';
      const parts = parseBatch(
        answer([part('item-1', '404 Not Found', '{}', eol), part('item-0', '200 OK', json, eol)], {
          eol,
        }),
      );
      expect(parts.map(({ index, status, body }) => ({ index, status, body }))).toEqual([
        { index: 1, status: 404, body: {} },
        { index: 0, status: 200, body: { id: 'x', text: '--batch_x ä' } },
      ]);
      expect(parts[0]?.headers.get('retry-after')).toBe('7');
    },
  );

  it('notes broken JSON and a missing Content-ID instead of throwing', () => {
    expect(parseBatch(answer([part(null, '200 OK', '{"id":')]))).toMatchObject([
      { index: null, status: 200, body: undefined },
    ]);
  });

  it.each([
    ['cut off', answer([part('item-0', '200 OK', '{}')], { end: '' })],
    ['cut off inside a part', { contentType: CONTENT_TYPE, body: Buffer.from('--batch_x\r\nCon') }],
    ['empty', { contentType: CONTENT_TYPE, body: Buffer.alloc(0) }],
    ['another boundary', { ...answer([]), contentType: 'multipart/mixed; boundary=y' }],
    ['no boundary', { ...answer([]), contentType: 'multipart/mixed' }],
    ['a web page', { contentType: 'text/html', body: Buffer.from('<html>') }],
  ])('an answer that is %s is no answer', (_, broken) => {
    expect(() => parseBatch(broken)).toThrow(ProviderUnavailableError);
  });

  it('survives arbitrary bytes', () => {
    const piece = fc.oneof(
      fc.constantFrom('--batch_x', '\r\n', '\n', '--', 'HTTP/1.1 200 OK', 'Content-ID: <item-0@s>'),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        try {
          parseBatch({ contentType: CONTENT_TYPE, body: Buffer.from(pieces.join(''), 'latin1') });
        } catch (err) {
          expect(err).toBeInstanceOf(ProviderUnavailableError);
        }
      }),
      { numRuns: 2_000, seed: 1 },
    );
  });

  it('takes time in proportion to the bytes', () => {
    const hostile = `--batch_x${'-batch_x'.repeat(500_000)}`;
    const started = performance.now();
    expect(() => parseBatch({ contentType: CONTENT_TYPE, body: Buffer.from(hostile) })).toThrow();
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
