import { type GraphCall, type GraphMethod, READ_PERMISSIONS } from '../call.ts';
import { messageDelta } from '../delta/message-delta.ts';
import { GraphError } from '../errors.ts';
import { contextOf, linkAgain } from '../links.ts';
import { MessageView, toEntity } from '../message/entity.ts';
import { selectMessages } from '../query/message-filter.ts';
import { readFlag, readInt, readToken, writeToken } from '../query/params.ts';
import { searchMessages } from '../search/search.ts';
import type { Folder } from '../store/folders.ts';
import type { OutlookItem } from '../store/item.ts';
import { attachmentsOf } from './attachments.ts';
import { entityOptions, itemsOf, requireFolder } from './shared.ts';

const MAX_TOP = 1_000;

/** GET /me/messages and /me/mailFolders/{id}/messages */
const list = (call: GraphCall, folder: Folder | null) => {
  const search = call.query.get('$search');
  return search === null ? listPage(call, folder) : searchPage(call, folder, search);
};

const show = (call: GraphCall, items: readonly OutlookItem[]) => {
  const options = entityOptions(call);
  const expand = call.query.get('$expand')?.toLowerCase().startsWith('attachments') ?? false;
  return items.map((item) => ({
    ...toEntity(new MessageView(item, options)),
    ...(expand && { attachments: attachmentsOf(call, item) }),
  }));
};

const listPage = (call: GraphCall, folder: Folder | null) => {
  const { query, account, prefer } = call;
  const top = readInt(query, '$top', prefer.maxPageSize ?? 10, [1, MAX_TOP]);
  const skip = readInt(query, '$skip', 0, [0, Number.MAX_SAFE_INTEGER]);
  const items = itemsOf(account.outlook, folder);
  const found = selectMessages(items, query.get('$filter'), query.get('$orderby'));
  const next = skip + top;
  return {
    json: {
      '@odata.context': contextOf(call, 'messages'),
      ...(readFlag(query, '$count') && { '@odata.count': found.length }),
      value: show(call, found.slice(skip, next)),
      ...(next < found.length && { '@odata.nextLink': linkAgain(call, { $skip: String(next) }) }),
    },
  };
};

const NOT_WITH_SEARCH = { $orderby: 'OrderBy', $filter: 'Filter', $skip: 'Skip', $count: 'Count' };

const searchPage = (call: GraphCall, folder: Folder | null, search: string) => {
  const { query, account, context, now } = call;
  for (const [name, label] of Object.entries(NOT_WITH_SEARCH)) {
    if (!query.has(name)) continue;
    const written = `$${label.charAt(0).toLowerCase()}${label.slice(1)}`;
    const message = `The query parameter '${written}' is not supported with '$search'.`;
    throw new GraphError(400, `SearchWith${label}`, message);
  }
  const { searchResults: cap, searchPage: largest } = context.limits;
  const top = Math.min(readInt(query, '$top', 10, [1, MAX_TOP]), largest);
  const found = searchMessages(account.outlook, search, folder, { cap, now });
  const token = readToken(query.get('$skiptoken') ?? '');
  const skip = typeof token?.skip === 'number' ? token.skip : 0;
  const next = skip + top;
  const more = next < found.length;
  return {
    json: {
      '@odata.context': contextOf(call, 'messages'),
      value: show(call, found.slice(skip, next)),
      ...(more && {
        '@odata.nextLink': linkAgain(call, { $skiptoken: writeToken({ skip: next }) }),
      }),
    },
  };
};

export const messageListMethods: readonly GraphMethod[] = [
  {
    name: 'graph.messages.delta',
    httpMethod: 'GET',
    path: 'me/mailFolders/{folder}/messages/delta',
    permissions: READ_PERMISSIONS,
    mail: true,
    handle: (call) => messageDelta(call, requireFolder(call)),
  },
  {
    name: 'graph.messages.list',
    httpMethod: 'GET',
    path: 'me/messages',
    permissions: READ_PERMISSIONS,
    mail: true,
    handle: (call) => list(call, null),
  },
  {
    name: 'graph.messages.list',
    httpMethod: 'GET',
    path: 'me/mailFolders/{folder}/messages',
    permissions: READ_PERMISSIONS,
    mail: true,
    handle: (call) => list(call, requireFolder(call)),
  },
];
