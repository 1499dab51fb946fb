import type { OutgoingContent } from '../domain/outgoing.ts';

/** Sends from one mailbox at one provider. Apart from `MailProvider`, which only reads. */
export interface MailSender {
  /**
   * One attempt.
   * @returns null where the provider takes a message without naming it
   * @throws ProviderUnavailableError it may have been sent: look for it, never send it again
   * @throws ProviderError any other: it was not sent
   */
  send(message: OutgoingMail): Promise<SentMail | null>;

  /**
   * Looks for a message that `send` may have sent, by a mark of ours.
   * @param since epoch ms, before the attempt
   * @returns null when it is not there (yet)
   */
  findSent(marker: string, since: number): Promise<SentMail | null>;
}

export interface OutgoingMail {
  content: OutgoingContent;
  /** Found again at the provider by it. */
  marker: string;
  /** Message-ID without brackets, where the provider lets us give one. */
  rfcMessageId: string;
  /** Epoch ms. */
  writtenAt: number;
  /** Thread to join; its headers must answer that thread too. */
  providerThreadId: string | null;
  /** The call is about to leave; before it nothing was sent. */
  onStart: () => void;
}

export interface SentMail {
  providerMessageId: string;
  providerThreadId: string;
}
