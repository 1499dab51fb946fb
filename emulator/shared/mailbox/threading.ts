import { headerValue, type MimeHeader } from '../mime/headers.ts';
import { decodeWords } from '../mime/words.ts';

/** What decides the thread of a message: whom it answers, and under which subject. */
export interface ThreadFacts {
  messageId: string | null;
  /** Message-IDs of the ancestors, nearest first. */
  ancestors: string[];
  subjectKey: string;
}

export const threadFacts = (headers: readonly MimeHeader[]): ThreadFacts => ({
  messageId: messageIds(headerValue(headers, 'message-id'))[0] ?? null,
  ancestors: [
    ...messageIds(headerValue(headers, 'in-reply-to')),
    ...messageIds(headerValue(headers, 'references')).reverse(),
  ],
  subjectKey: subjectKey(headerValue(headers, 'subject') ?? ''),
});

const messageIds = (value: string | undefined): string[] =>
  value === undefined
    ? []
    : value
        .split(/[\s,]+/)
        .map(stripBrackets)
        .filter(Boolean);

export const stripBrackets = (id: string): string => id.trim().replace(/^<|>$/g, '');

/**
 * A copy that does not hold on to the string it was cut from. V8 keeps the whole message alive for
 * the sake of one Message-ID: 150 MB on a mailbox of 50,000.
 */
export const detach = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

/** Subject without reply and forward prefixes, in the languages mail programs write them. */
const subjectKey = (subject: string): string =>
  decodeWords(subject)
    .replace(/^(\s*(re|aw|sv|fwd?|wg|tr|rv)\s*(\[\d+\])?\s*:)+/i, '')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
