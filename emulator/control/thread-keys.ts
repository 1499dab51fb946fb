import type { AddMessage } from './contract.ts';

interface Known {
  ids: string[];
  subject: string;
}

/** Turns a caller's `threadKey` into the headers that make mail programs thread messages. */
export class ThreadKeys {
  #known = new Map<string, Known>();

  /** The same spec, answering the earlier messages of its key. */
  thread(input: AddMessage, unique: () => string): AddMessage {
    if (input.threadKey === undefined) return input;
    const key = `${input.address} ${input.threadKey}`;
    const earlier = this.#known.get(key);
    const messageId = input.messageId ?? `${unique()}@threads.mail.invalid`;
    const parent = earlier?.ids.at(-1);
    const subject = input.subject ?? (earlier ? `Re: ${earlier.subject}` : input.threadKey);
    this.#known.set(key, {
      ids: [...(earlier?.ids ?? []), messageId],
      subject: earlier?.subject ?? subject,
    });
    return {
      ...input,
      messageId,
      subject,
      ...(parent && { inReplyTo: parent, references: earlier?.ids ?? [] }),
    };
  }
}
