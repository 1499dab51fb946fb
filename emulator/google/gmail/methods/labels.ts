import { type Label, LabelNameTakenError } from '../../../shared/mailbox/labels.ts';
import type { Mailbox } from '../../../shared/mailbox/mailbox.ts';
import { SCOPE } from '../../oauth/scopes.ts';
import type { GmailCall, GmailMethod } from '../call.ts';
import { conflict, invalidArgument, notFound } from '../errors.ts';

const READ = [SCOPE.full, SCOPE.modify, SCOPE.readonly, SCOPE.metadata, SCOPE.labels];
const WRITE = [SCOPE.full, SCOPE.modify, SCOPE.labels];

const toResource = (label: Label) =>
  label.type === 'system'
    ? { id: label.id, name: label.name, ...hiddenWhen(label.id), type: 'system' }
    : {
        id: label.id,
        name: label.name,
        messageListVisibility: 'show',
        labelListVisibility: 'labelShow',
        type: 'user',
      };

/** Categories carry visibilities; the other system labels come bare. */
const hiddenWhen = (id: string) =>
  id.startsWith('CATEGORY_') || id === 'CHAT'
    ? { messageListVisibility: 'hide', labelListVisibility: 'labelHide' }
    : {};

const withCounts = (mailbox: Mailbox, label: Label) => {
  const threads = new Set<string>();
  const unreadThreads = new Set<string>();
  let total = 0;
  let unread = 0;
  for (const message of mailbox.all()) {
    if (!message.labels.includes(label.id)) continue;
    total++;
    threads.add(message.threadId);
    if (!message.labels.includes('UNREAD')) continue;
    unread++;
    unreadThreads.add(message.threadId);
  }
  return {
    ...toResource(label),
    messagesTotal: total,
    messagesUnread: unread,
    threadsTotal: threads.size,
    threadsUnread: unreadThreads.size,
  };
};

const requireLabel = ({ mailbox, params }: GmailCall): Label => {
  const label = mailbox.labels.get(params.id ?? '');
  if (!label) throw notFound();
  return label;
};

/** @throws ApiError 409 when the name is taken, 400 for a missing name or a system label */
const nameFrom = ({ body }: GmailCall): string => {
  const name = body.name;
  if (typeof name !== 'string' || name === '') throw invalidArgument('Invalid label name');
  return name;
};

const create = (call: GmailCall): Label => {
  try {
    return call.mailbox.labels.create(nameFrom(call));
  } catch (error) {
    if (error instanceof LabelNameTakenError) throw conflict('Label name exists or conflicts');
    throw error;
  }
};

const requireUserLabel = (call: GmailCall): Label => {
  const label = requireLabel(call);
  if (label.type === 'system') throw invalidArgument('Invalid update request');
  return label;
};

/** Removing a label takes it off its messages, each with its own history record. */
export const removeLabel = (mailbox: Mailbox, idOrName: string): void => {
  const { id } = mailbox.labels.remove(idOrName);
  for (const message of mailbox.all()) mailbox.relabel(message.id, [], [id]);
};

export const labelMethods: GmailMethod[] = [
  {
    name: 'gmail.users.labels.list',
    httpMethod: 'GET',
    path: 'labels',
    scopes: READ,
    handle: ({ mailbox }) => ({ labels: mailbox.labels.list().map(toResource) }),
  },
  {
    name: 'gmail.users.labels.get',
    httpMethod: 'GET',
    path: 'labels/{id}',
    scopes: READ,
    handle: (call) => withCounts(call.mailbox, requireLabel(call)),
  },
  {
    name: 'gmail.users.labels.create',
    httpMethod: 'POST',
    path: 'labels',
    scopes: WRITE,
    handle: (call) => toResource(create(call)),
  },
  {
    name: 'gmail.users.labels.patch',
    httpMethod: 'PATCH',
    path: 'labels/{id}',
    scopes: WRITE,
    handle: (call) =>
      toResource(call.mailbox.labels.rename(requireUserLabel(call).id, nameFrom(call))),
  },
  {
    name: 'gmail.users.labels.delete',
    httpMethod: 'DELETE',
    path: 'labels/{id}',
    scopes: WRITE,
    handle: (call) => {
      removeLabel(call.mailbox, requireUserLabel(call).id);
      return null;
    },
  },
];
