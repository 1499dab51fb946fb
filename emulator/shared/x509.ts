import { createSign, type KeyObject } from 'node:crypto';

/** DER: tag, length, content. */
const der = (tag: number, ...content: Buffer[]): Buffer => {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(body.length.toString(16).padStart(4, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
};

const SEQUENCE = 0x30;
const SET = 0x31;
const NULL = der(0x05);
/** 1.2.840.113549.1.1.11 */
const SHA256_WITH_RSA = der(SEQUENCE, der(0x06, Buffer.from('2a864886f70d01010b', 'hex')), NULL);
/** 2.5.4.3 */
const COMMON_NAME = der(0x06, Buffer.from('550403', 'hex'));

/**
 * A self-signed certificate in PEM, valid 2020 to 2049. Google's PEM endpoint serves certificates,
 * and a client that imports X.509 would choke on a bare public key.
 */
export const selfSigned = (publicKey: KeyObject, privateKey: KeyObject, name: string): string => {
  const subject = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, COMMON_NAME, der(0x0c, Buffer.from(name, 'utf8')))),
  );
  const time = (text: string) => der(0x17, Buffer.from(text, 'latin1'));
  const body = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    SHA256_WITH_RSA,
    subject,
    der(SEQUENCE, time('200101000000Z'), time('490101000000Z')),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = createSign('RSA-SHA256').update(body).sign(privateKey);
  const bits = der(0x03, Buffer.from([0]), signature);
  const base64 = der(SEQUENCE, body, SHA256_WITH_RSA, bits).toString('base64');
  const lines = base64.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
};
