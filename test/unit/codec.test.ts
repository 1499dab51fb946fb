import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDataConverter, parsePayloadKeys } from '../../codec/data-converter.ts';
import { PayloadCodec } from '../../codec/payload-codec.ts';
import { UnknownKeyError } from '../../crypto/named-keys.ts';
import { SealBrokenError } from '../../crypto/seal.ts';
import { freshKey } from '../support/key-ring.ts';

const [A, B] = [freshKey(), freshKey()];
const codecOf = (text: string) => new PayloadCodec(parsePayloadKeys(text));
const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const unpacked = (payload: Payload | undefined): unknown =>
  defaultPayloadConverter.fromPayload(payload as Payload);
const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString();

describe('I6 B11 the payload codec', () => {
  it('seals any value and opens it again, with nothing of it left in clear', async () => {
    const codec = codecOf(`a:${A}`);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 5 }), async (values) => {
        const sealed = await codec.encode(values.map(payloadOf));
        expect((await codec.decode(sealed)).map(unpacked)).toEqual(
          values.map((value) => JSON.parse(JSON.stringify(value))),
        );
      }),
      { numRuns: 50, seed: 5 },
    );
    const [sealed] = await codec.encode([payloadOf({ inboxId: 'seen-by-nobody' })]);
    const whole = JSON.stringify(sealed) + text(sealed?.data);
    expect(whole).not.toContain('seen-by-nobody');
    expect(whole).not.toContain('json/plain');
    expect(text(sealed?.metadata?.encoding)).toBe('binary/encrypted');
    expect(text(sealed?.metadata?.['encryption-key-id'])).toBe('a');
  });

  it('rotates by the order of its keys: the first seals, all open', async () => {
    const [old] = await codecOf(`a:${A}`).encode([payloadOf(1)]);
    const rotated = codecOf(`b:${B},a:${A}`);
    const [fresh] = await rotated.encode([payloadOf(2)]);
    expect(text(fresh?.metadata?.['encryption-key-id'])).toBe('b');
    expect((await rotated.decode([old as Payload, fresh as Payload])).map(unpacked)).toEqual([
      1, 2,
    ]);
    await expect(codecOf(`b:${B}`).decode([old as Payload])).rejects.toThrow(UnknownKeyError);
    await expect(codecOf(`b:${B}`).decode([old as Payload])).rejects.toThrow(/PAYLOAD_KEYS/);
  });

  it('opens nothing that was changed, nor under another id', async () => {
    const codec = codecOf(`a:${A},b:${B}`);
    const [sealed] = (await codec.encode([payloadOf('x')])) as [Payload];
    const data = Buffer.from(sealed.data ?? []);
    data[data.length - 1] = (data.at(-1) ?? 0) ^ 1;
    await expect(codec.decode([{ ...sealed, data }])).rejects.toThrow(SealBrokenError);
    const renamed = { ...sealed.metadata, 'encryption-key-id': Buffer.from('b') };
    await expect(codec.decode([{ ...sealed, metadata: renamed }])).rejects.toThrow(SealBrokenError);
  });

  it('lets pass what nobody sealed', async () => {
    const clear = payloadOf('from the CLI');
    expect(await codecOf(`a:${A}`).decode([clear])).toEqual([clear]);
  });

  it('comes with failures whose messages and stacks are payloads', async () => {
    const { failureConverter } = await import('../../codec/failure-converter.ts');
    const { failureConverterPath } = createDataConverter(parsePayloadKeys(`a:${A}`));
    expect(failureConverterPath).toMatch(/codec\/failure-converter\.ts$/);
    const failure = failureConverter.errorToFailure(
      new Error('said by nobody'),
      defaultPayloadConverter,
    );
    expect(failure.message).toBe('Encoded failure');
    expect(failure.stackTrace).toBe('');
  });
});
