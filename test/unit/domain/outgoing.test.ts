import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Answered, answerTo, lookAgainMs, lookForCopyMs } from '../../../domain/outgoing.ts';

const message: Answered = {
  subject: 'Offer',
  direction: 'inbound',
  rfcMessageId: 'b@x.example',
  references: ['a@x.example'],
  participants: [
    { role: 'from', name: 'Carol', address: 'carol@x.example' },
    { role: 'to', name: '', address: 'me@y.example' },
  ],
};

describe('an answer', () => {
  it('goes to the sender, or where the sender asks for it', () => {
    expect(answerTo(message).to).toEqual([{ name: 'Carol', address: 'carol@x.example' }]);
    const replyTo = { role: 'reply-to', name: '', address: 'desk@x.example' } as const;
    const asked = { ...message, participants: [...message.participants, replyTo] };
    expect(answerTo(asked).to).toEqual([{ name: '', address: 'desk@x.example' }]);
  });

  it('continues one’s own message instead of answering oneself', () => {
    expect(answerTo({ ...message, direction: 'outbound' }).to).toEqual([
      { name: '', address: 'me@y.example' },
    ]);
  });

  it('says Re: once', () => {
    expect(answerTo(message).subject).toBe('Re: Offer');
    expect(answerTo({ ...message, subject: 'RE: Offer' }).subject).toBe('RE: Offer');
  });

  it('names what it answers last, the thread’s first message first, and twenty at most', () => {
    fc.assert(
      fc.property(fc.array(fc.uuid(), { maxLength: 60 }), fc.uuid(), (references, id) => {
        const answer = answerTo({ ...message, references, rfcMessageId: id });
        expect(answer.inReplyTo).toBe(id);
        expect(answer.references.at(-1)).toBe(id);
        expect(answer.references[0]).toBe(references[0] ?? id);
        expect(answer.references.length).toBe(Math.min(20, references.length + 1));
      }),
    );
  });
});

it('is looked for soon at first, then once a minute; its copy in the end once an hour', () => {
  expect([0, 5_000, 86_400_000].map(lookForCopyMs)).toEqual([1_000, 5_000, 3_600_000]);
  expect([0, 500, 5_000, 300_000].map(lookAgainMs)).toEqual([1_000, 1_000, 5_000, 60_000]);
});
