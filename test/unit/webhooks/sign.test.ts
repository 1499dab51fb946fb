import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { createSecret, signatureHeaders } from '../../../webhooks/sign.ts';

const body = JSON.stringify({ type: 'message.synced', data: { text: 'Grüße' } });
const message = () => ({ id: 'event-1', at: Date.now(), body });

describe('a signed webhook', () => {
  it('is taken by the reference library, also with several secrets in force', () => {
    const [fresh, old] = [createSecret(), createSecret()];
    const headers = signatureHeaders(message(), [fresh, old]);
    for (const secret of [fresh, old]) {
      expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    }
  });

  it('is refused by it when anything was changed', () => {
    const secret = createSecret();
    const headers = signatureHeaders(message(), [secret]);
    const verify =
      (changed: object, text = body) =>
      () =>
        new Webhook(secret).verify(text, { ...headers, ...changed });
    expect(verify({}, `${body} `)).toThrow();
    expect(verify({ 'webhook-id': 'event-2' })).toThrow();
    const before = String(Number(headers['webhook-timestamp']) - 1);
    expect(verify({ 'webhook-timestamp': before })).toThrow();
    expect(() => new Webhook(createSecret()).verify(body, headers)).toThrow();
  });
});
