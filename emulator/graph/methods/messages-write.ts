import { type GraphCall, type GraphMethod, WRITE_PERMISSIONS } from '../call.ts';
import { accessDenied, itemNotFound } from '../errors.ts';
import { contextOf } from '../links.ts';
import { composeJson } from '../message/compose.ts';
import { MessageView, toEntity } from '../message/entity.ts';
import { jsonBody } from '../pipeline.ts';
import type { OutlookItem } from '../store/item.ts';
import { authorOf } from './send.ts';
import { entityOptions, requireItem } from './shared.ts';

const show = (call: GraphCall, item: OutlookItem, status = 200) => ({
  status,
  json: {
    '@odata.context': contextOf(call, 'messages/$entity'),
    ...toEntity(new MessageView(item, entityOptions(call))),
  },
});

const create = (call: GraphCall) => {
  const raw = composeJson(jsonBody(call), authorOf(call));
  const { id } = call.account.mailbox.add({ raw, labels: ['DRAFT'], internalDate: call.now });
  const item = call.account.outlook.item(id);
  if (!item) throw itemNotFound();
  return show(call, item, 201);
};

const CONTENT: readonly string[] = [
  'subject',
  'body',
  'toRecipients',
  'ccRecipients',
  'bccRecipients',
];

const update = (call: GraphCall) => {
  const item = requireItem(call);
  const { mailbox, outlook } = call.account;
  const body = jsonBody(call);
  const { id } = item.message;
  const { isRead, categories, flag } = body;
  if (typeof isRead === 'boolean')
    mailbox.relabel(id, isRead ? [] : ['UNREAD'], isRead ? ['UNREAD'] : []);
  if (Array.isArray(categories)) outlook.setCategories(item, categories.map(String));
  if (flag !== null && typeof flag === 'object' && 'flagStatus' in flag) {
    const on = flag.flagStatus === 'flagged';
    mailbox.relabel(id, on ? ['STARRED'] : [], on ? [] : ['STARRED']);
  }
  if (CONTENT.some((name) => name in body)) {
    // What was sent or received stays as it is.
    if (!item.isDraft) throw accessDenied();
    const before = toEntity(
      new MessageView(item, { idOf: () => id, bodyType: null, select: CONTENT }),
    );
    mailbox.replace(id, composeJson({ ...before, ...body }, authorOf(call)), call.now);
  }
  return show(call, item);
};

const move = (call: GraphCall) => {
  const item = requireItem(call);
  const { destinationId } = jsonBody(call);
  const folder = call.account.outlook.folders.find(String(destinationId ?? ''));
  if (!folder) throw itemNotFound();
  call.account.outlook.move(item, folder);
  return show(call, item, 201);
};

/** To Deleted Items; from there for good. */
const remove = (call: GraphCall) => {
  const item = requireItem(call);
  const { outlook, mailbox } = call.account;
  const bin = outlook.folders.find('deleteditems');
  if (!bin || item.folder === bin) mailbox.delete(item.message.id);
  else outlook.move(item, bin);
  return { status: 204 };
};

const path = 'me/messages/{message}';
const write = { permissions: WRITE_PERMISSIONS, mail: true };

export const messageWriteMethods: readonly GraphMethod[] = [
  {
    ...write,
    name: 'graph.messages.create',
    httpMethod: 'POST',
    path: 'me/messages',
    handle: create,
  },
  { ...write, name: 'graph.messages.update', httpMethod: 'PATCH', path, handle: update },
  { ...write, name: 'graph.messages.move', httpMethod: 'POST', path: `${path}/move`, handle: move },
  { ...write, name: 'graph.messages.delete', httpMethod: 'DELETE', path, handle: remove },
];
