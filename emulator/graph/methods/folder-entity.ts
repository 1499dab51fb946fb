import type { Folder } from '../store/folders.ts';
import { isRead } from '../store/item.ts';
import type { Outlook } from '../store/outlook.ts';
import { itemsOf } from './shared.ts';

/** A folder as JSON, without what v1.0 does not tell: its well-known name. */
export const folderEntity = (outlook: Outlook, folder: Folder): Record<string, unknown> => {
  const items = itemsOf(outlook, folder);
  return {
    ...(folder.search && { '@odata.type': '#microsoft.graph.mailSearchFolder' }),
    id: folder.id,
    displayName: folder.displayName,
    parentFolderId: folder.parentId ?? folder.id,
    childFolderCount: outlook.folders.children(folder).filter((child) => !child.isHidden).length,
    unreadItemCount: items.reduce((sum, item) => sum + (isRead(item) ? 0 : 1), 0),
    totalItemCount: items.length,
    sizeInBytes: items.reduce((sum, item) => sum + item.message.raw.length, 0),
    isHidden: folder.isHidden,
    ...(folder.search && {
      isSupported: true,
      includeNestedFolders: false,
      sourceFolderIds: folder.search.sourceFolderIds,
      filterQuery: folder.search.filterQuery,
    }),
  };
};

export const selectFolder = (
  entity: Record<string, unknown>,
  select: readonly string[] | null,
): Record<string, unknown> => {
  if (select === null) return entity;
  const kept = new Set(['id', '@odata.type', ...select].map((name) => name.toLowerCase()));
  return Object.fromEntries(
    Object.entries(entity).filter(([name]) => kept.has(name.toLowerCase())),
  );
};
