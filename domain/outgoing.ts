import type { Participant } from './message.ts';

/** A message to be sent, as its user wrote it. */
export interface OutgoingContent {
  from: Address;
  to: Address[];
  cc: Address[];
  bcc: Address[];
  subject: string;
  text: string | null;
  html: string | null;
  /** Message-IDs without brackets: what it answers, and the thread before that. */
  inReplyTo: string | null;
  references: string[];
  /** The provider's id of the message it answers. */
  answersId: string | null;
  attachments: { filename: string; contentType: string; contentBase64: string }[];
}

export interface Address {
  name: string;
  address: string;
}

/** The message that is answered, as far as an answer depends on it. */
export interface Answered {
  subject: string;
  participants: readonly Participant[];
  rfcMessageId: string | null;
  references: readonly string[];
  direction: 'inbound' | 'outbound';
}

/** Longer chains lose their middle: the first names the thread, the last what is answered. */
const MAX_REFERENCES = 20;

/** Where an answer goes by default, and what keeps it in its thread. */
export function answerTo(answered: Answered): {
  to: Address[];
  subject: string;
  inReplyTo: string | null;
  references: string[];
} {
  const { subject, rfcMessageId } = answered;
  const chain = [...answered.references, ...(rfcMessageId ? [rfcMessageId] : [])];
  const references =
    chain.length > MAX_REFERENCES
      ? [...chain.slice(0, 1), ...chain.slice(1 - MAX_REFERENCES)]
      : chain;
  return {
    to: addresseesOf(answered),
    subject: /^re:/i.test(subject) ? subject : `Re: ${subject}`,
    inReplyTo: rfcMessageId,
    references,
  };
}

function addresseesOf({ participants, direction }: Answered): Address[] {
  const by = (role: Participant['role']): Address[] =>
    participants
      .filter((one) => one.role === role && one.address.includes('@'))
      .map(({ name, address }) => ({ name, address }));
  // One's own message is continued, not answered.
  if (direction === 'outbound') return by('to');
  const replyTo = by('reply-to');
  return replyTo.length > 0 ? replyTo : by('from');
}

/** When to look next: soon at first, as the connection broke but the provider worked on. */
export const lookAgainMs = (sinceAttemptMs: number): number =>
  Math.min(60_000, Math.max(1_000, sinceAttemptMs));

/** The same for the copy of what was surely sent, which nobody waits for as anxiously. */
export const lookForCopyMs = (sinceSentMs: number): number =>
  Math.min(3_600_000, Math.max(1_000, sinceSentMs));
