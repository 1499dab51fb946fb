import type { MailMessage, MessageHead } from '../domain/message.ts';
import type { Fetched, MailProvider } from '../providers/mail-provider.ts';
import type { FetchingMailbox } from './fetching.ts';

/** What a listing brought along besides ids. */
export interface Brought {
  heads?: readonly MessageHead[];
  messages?: readonly Fetched<MailMessage>[];
}

/** The same mailbox, except that what a listing has brought already is not asked for again. */
export function withBrought(mailbox: MailProvider, pages: readonly Brought[]): FetchingMailbox {
  const messages = new Map<string, Fetched<MailMessage>>();
  const heads = new Map<string, Fetched<MessageHead>>();
  for (const page of pages) {
    for (const head of page.heads ?? []) {
      heads.set(head.providerMessageId, foundHead(head));
    }
    for (const one of page.messages ?? []) {
      messages.set(one.id, one);
      heads.set(one.id, one.outcome === 'found' ? foundHead(one.message) : one);
    }
  }
  if (heads.size === 0) return mailbox;
  return {
    fetchHeads: (ids) => fromEither(ids, heads, (rest) => mailbox.fetchHeads(rest)),
    fetchMessages: (ids) => fromEither(ids, messages, (rest) => mailbox.fetchMessages(rest)),
  };
}

const foundHead = (message: MessageHead): Fetched<MessageHead> => ({
  id: message.providerMessageId,
  outcome: 'found',
  message,
});

async function fromEither<T>(
  ids: readonly string[],
  brought: ReadonlyMap<string, Fetched<T>>,
  fetch: (ids: readonly string[]) => Promise<Fetched<T>[]>,
): Promise<Fetched<T>[]> {
  const here = ids.flatMap((id) => brought.get(id) ?? []);
  const rest = ids.filter((id) => !brought.has(id));
  return rest.length === 0 ? here : [...here, ...(await fetch(rest))];
}
