import { type GraphCall, type GraphMethod, READ_PERMISSIONS } from '../call.ts';
import { folderDelta } from '../delta/folder-delta.ts';
import { invalidFilter } from '../errors.ts';
import { contextOf, linkAgain } from '../links.ts';
import { parseFilter } from '../query/filter.ts';
import { readFlag, readInt, readSelect } from '../query/params.ts';
import type { Folder } from '../store/folders.ts';
import { folderEntity, selectFolder } from './folder-entity.ts';
import { requireFolder } from './shared.ts';

const anyProperty = (name: string): string => name;

const named = (filter: string | null): ((folder: Folder) => boolean) => {
  if (filter === null) return () => true;
  const node = parseFilter(filter);
  const property = 'property' in node ? node.property.toLowerCase() : '';
  if (property !== 'displayname') throw invalidFilter();
  if (node.type === 'call' && node.name === 'startswith') {
    return ({ displayName }) => displayName.startsWith(String(node.value));
  }
  if (node.type !== 'compare' || node.operator !== 'eq') throw invalidFilter();
  return ({ displayName }) => displayName === node.value;
};

/** One level of the tree; hidden folders only on request. */
const listChildren = (call: GraphCall, parent: Folder) => {
  const { query, account } = call;
  const { folders } = account.outlook;
  const hidden = readFlag(query, 'includeHiddenFolders');
  const select = readSelect(query, anyProperty, 'mailFolder');
  const top = readInt(query, '$top', 10, [1, 1000]);
  const skip = readInt(query, '$skip', 0, [0, Number.MAX_SAFE_INTEGER]);
  const all = folders
    .children(parent)
    .filter((folder) => hidden || !folder.isHidden)
    .filter(named(query.get('$filter')));
  const expand = query.get('$expand')?.toLowerCase().includes('childfolders') ?? false;
  const show = (folder: Folder) => ({
    ...selectFolder(folderEntity(account.outlook, folder), select),
    ...(expand && {
      childFolders: folders
        .children(folder)
        .filter((child) => hidden || !child.isHidden)
        .map((child) => selectFolder(folderEntity(account.outlook, child), select)),
    }),
  });
  const next = skip + top;
  return {
    json: {
      '@odata.context': contextOf(call, 'mailFolders'),
      ...(readFlag(query, '$count') && { '@odata.count': all.length }),
      value: all.slice(skip, next).map(show),
      ...(next < all.length && { '@odata.nextLink': linkAgain(call, { $skip: String(next) }) }),
    },
  };
};

export const folderMethods: readonly GraphMethod[] = [
  {
    name: 'graph.mailFolders.delta',
    httpMethod: 'GET',
    path: 'me/mailFolders/delta',
    permissions: READ_PERMISSIONS,
    mail: true,
    handle: folderDelta,
  },
  {
    name: 'graph.mailFolders.list',
    httpMethod: 'GET',
    path: 'me/mailFolders',
    permissions: READ_PERMISSIONS,
    mail: true,
    handle: (call) => listChildren(call, call.account.outlook.folders.root),
  },
  {
    name: 'graph.mailFolders.childFolders',
    httpMethod: 'GET',
    path: 'me/mailFolders/{folder}/childFolders',
    permissions: READ_PERMISSIONS,
    mail: true,
    handle: (call) => listChildren(call, requireFolder(call)),
  },
  {
    name: 'graph.mailFolders.get',
    httpMethod: 'GET',
    path: 'me/mailFolders/{folder}',
    permissions: READ_PERMISSIONS,
    mail: true,
    handle: (call) => {
      const select = readSelect(call.query, anyProperty, 'mailFolder');
      const entity = folderEntity(call.account.outlook, requireFolder(call));
      return {
        json: {
          '@odata.context': contextOf(call, 'mailFolders/$entity'),
          ...selectFolder(entity, select),
        },
      };
    },
  },
];
