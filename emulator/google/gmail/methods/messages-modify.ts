import { SCOPE } from '../../oauth/scopes.ts';
import type { GmailCall, GmailMethod } from '../call.ts';
import { invalidArgument } from '../errors.ts';
import { requireMessage } from './messages-get.ts';

const WRITE = [SCOPE.full, SCOPE.modify];

const relabel = (call: GmailCall, add: readonly string[], remove: readonly string[]) => {
  const message = requireMessage(call, call.params.id ?? '');
  const fixed = [...add, ...remove].find((id) => id === 'SENT' || id === 'DRAFT');
  if (fixed) throw invalidArgument(`Invalid label: ${fixed}`);
  call.mailbox.relabel(message.id, add, remove);
  return { id: message.id, threadId: message.threadId, labelIds: message.labels };
};

const ids = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

export const modifyMethods: GmailMethod[] = [
  {
    name: 'gmail.users.messages.modify',
    httpMethod: 'POST',
    path: 'messages/{id}/modify',
    scopes: WRITE,
    handle: (call) => relabel(call, ids(call.body.addLabelIds), ids(call.body.removeLabelIds)),
  },
  {
    name: 'gmail.users.messages.trash',
    httpMethod: 'POST',
    path: 'messages/{id}/trash',
    scopes: WRITE,
    handle: (call) => relabel(call, ['TRASH'], ['INBOX']),
  },
  {
    name: 'gmail.users.messages.untrash',
    httpMethod: 'POST',
    path: 'messages/{id}/untrash',
    scopes: WRITE,
    handle: (call) => relabel(call, [], ['TRASH']),
  },
  {
    name: 'gmail.users.messages.delete',
    httpMethod: 'DELETE',
    path: 'messages/{id}',
    scopes: [SCOPE.full],
    handle: (call) => {
      call.mailbox.delete(requireMessage(call, call.params.id ?? '').id);
      return null;
    },
  },
];
