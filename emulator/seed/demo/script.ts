import type { AddMessage } from '../../control/contract.ts';
import type { ContactKey } from './contacts.ts';

/** Somebody in the script: the mailbox's owner, or a contact. */
export type Speaker = 'me' | ContactKey;

/** One line of a conversation; `time` is UTC. */
export interface Line {
  daysAgo: number;
  time: `${number}:${number}`;
  from: Speaker;
  text: string;
  /** Anything that differs from plain UTF-8 text: charset, attachments, labels, Cc. */
  more?: Partial<AddMessage>;
}

export interface Conversation {
  key: string;
  subject: string;
  /** Whom the owner writes to. */
  with: readonly ContactKey[];
  /** Labels on every message of it. */
  labels?: readonly string[];
  lines: readonly Line[];
}

export const line = (
  daysAgo: number,
  time: Line['time'],
  from: Speaker,
  text: string,
  more?: Partial<AddMessage>,
): Line => ({ daysAgo, time, from, text, ...(more && { more }) });
