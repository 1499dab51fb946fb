import type { Attachment, MailMessage, MessageHead } from '../../domain/message.ts';
import { BrokenAnswerError, ResponseTooLargeError } from '../errors.ts';
import { fetchInChunks, toFetched, toOutcome } from '../fetched.ts';
import { record, string } from '../json.ts';
import type { Fetched, Reads } from '../mail-provider.ts';
import { ATTACHMENTS_SELECT, toAttachments } from './attachments.ts';
import type { FolderTree } from './folder-tree.ts';
import { HEAD_SELECT, hasFiles, MESSAGE_SELECT, mapHead, mapMessage } from './map.ts';
import { BATCH_PARTS, type GraphRequests, messagePath } from './request.ts';

export interface Fetcher {
  fetchHeads(ids: readonly string[]): Promise<Fetched<MessageHead>[]>;
  fetchMessages(ids: readonly string[]): Promise<Fetched<MailMessage>[]>;
  /** Messages that a listing brought, completed by the lists of their attachments. */
  complete(raws: readonly object[]): Promise<Fetched<MailMessage>[]>;
}

type Raw = { id: string; outcome: 'found'; message: object };

/** Reads messages by id, twenty to a `$batch`, one batch after the other. */
export const createFetcher = (
  requests: GraphRequests,
  tree: () => Promise<FolderTree>,
): Fetcher => {
  const getOne = async (id: string, select: string, reads: Reads): Promise<Fetched<object>> => {
    const to = { path: messagePath(id), query: { $select: select } };
    try {
      const message = await requests.get({ method: 'messages.get', to }, () => reads);
      return { id, outcome: 'found', message };
    } catch (err) {
      return toOutcome(id, err);
    }
  };

  const getSome = async (
    ids: readonly string[],
    select: string,
    readsOf: (count: number) => Reads,
  ): Promise<Fetched<object>[]> => {
    const [only] = ids;
    if (only !== undefined && ids.length === 1) return [await getOne(only, select, readsOf(1))];
    const paths = ids.map((id) => `${messagePath(id)}?$select=${select}`);
    try {
      const answers = await requests.batch('messages.get', paths, readsOf(ids.length));
      return ids.map((id, index): Fetched<object> => {
        const answer = answers[index];
        if (answer?.ok) return { id, outcome: 'found', message: answer.body };
        return toOutcome(id, answer?.error, true);
      });
    } catch (err) {
      if (!(err instanceof ResponseTooLargeError || err instanceof BrokenAnswerError)) throw err;
      const one: Fetched<object>[] = [];
      for (const id of ids) one.push(await getOne(id, select, readsOf(1)));
      return one;
    }
  };

  const getAll = (
    ids: readonly string[],
    select: string,
    readsOf: (count: number) => Reads,
  ): Promise<Fetched<object>[]> =>
    fetchInChunks([...new Set(ids)], BATCH_PARTS, (some) => getSome(some, select, readsOf));

  /** Lists of the attachments of messages; null where Graph would not tell. */
  const listAttachments = async (
    ids: readonly string[],
  ): Promise<Map<string, Attachment[] | null | Fetched<never>>> => {
    const lists = new Map<string, Attachment[] | null | Fetched<never>>();
    for (let at = 0; at < ids.length; at += BATCH_PARTS) {
      const some = ids.slice(at, at + BATCH_PARTS);
      const paths = some.map(
        (id) => `${messagePath(id)}/attachments?$select=${ATTACHMENTS_SELECT}`,
      );
      const answers = await requests.batch('attachments.list', paths);
      for (const [index, id] of some.entries()) {
        const answer = answers[index];
        if (answer?.ok) lists.set(id, toAttachments(answer.body));
        else {
          const outcome = toOutcome<never>(id, answer?.error, true);
          lists.set(id, outcome.outcome === 'unreadable' ? null : outcome);
        }
      }
    }
    return lists;
  };

  const complete = async (fetched: readonly Fetched<object>[]): Promise<Fetched<MailMessage>[]> => {
    const found = fetched.filter((one): one is Raw => one.outcome === 'found');
    const withFiles = found.filter(({ message }) => hasFiles(message)).map(({ id }) => id);
    const lists = await listAttachments(withFiles);
    const folders = await tree();
    return fetched.map((one): Fetched<MailMessage> => {
      if (one.outcome !== 'found') return one;
      const files = lists.get(one.id) ?? (lists.has(one.id) ? null : []);
      if (files !== null && 'outcome' in files) return files;
      return toFetched(one.id, mapMessage(one.message, folders, files));
    });
  };

  return {
    async fetchHeads(ids) {
      const fetched = await getAll(ids, HEAD_SELECT, (heads) => ({ heads }));
      const folders = await tree();
      return fetched.map((one) =>
        one.outcome === 'found' ? toFetched(one.id, mapHead(one.message, folders)) : one,
      );
    },
    fetchMessages: async (ids) =>
      complete(await getAll(ids, MESSAGE_SELECT, (bodies) => ({ bodies }))),
    complete: (raws) =>
      complete(
        raws.map((message) => ({ id: string(record(message).id), outcome: 'found', message })),
      ),
  };
};
