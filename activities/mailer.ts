import { createTransport } from 'nodemailer';
import type { Secret } from '../config/secret.ts';

export interface Mail {
  to: string;
  subject: string;
  text: string;
  /** Same for every attempt, so that a receiver can tell a repeated mail. */
  messageId: string;
}

export interface Mailer {
  send(mail: Mail): Promise<void>;
}

/** Sends through the configured SMTP server; without one, mail is off and nothing is sent. */
export function createMailer(options: { smtpUrl: Secret | undefined; from: string }): Mailer {
  if (!options.smtpUrl) return { send: async () => {} };
  const transport = createTransport(options.smtpUrl.reveal());
  return {
    send: async (mail) => {
      await transport.sendMail({ from: options.from, ...mail });
    },
  };
}
