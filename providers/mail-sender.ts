/** Sends from one mailbox at one provider. Apart from `MailProvider`, which only reads. */
export interface MailSender {
  /**
   * One attempt.
   * @throws ProviderUnavailableError it may have been sent: look for it, never send it again
   * @throws ProviderError any other: it was not sent
   */
  send(message: OutgoingMail): Promise<SentMail>;

  /**
   * Looks through what was sent lately for a message that `send` may have sent, by headers of ours.
   * @param since epoch ms, before the attempt
   * @returns null when it is not there (yet)
   */
  findSent(marker: string, since: number): Promise<SentMail | null>;
}

export interface OutgoingMail {
  /** RFC 5322 bytes; carries `MARKER_HEADER`. */
  raw: Buffer;
  /** Thread to join; its headers must answer that thread too. */
  providerThreadId: string | null;
  /** The call is about to leave; before it nothing was sent. */
  onStart: () => void;
}

export interface SentMail {
  providerMessageId: string;
  providerThreadId: string;
}

/** Ours, and kept by providers that replace a Message-ID. */
export const MARKER_HEADER = 'X-Sambandh-Send';
