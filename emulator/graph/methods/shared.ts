import type { GraphCall } from '../call.ts';
import { accessDenied, GraphError, itemNotFound, malformedId } from '../errors.ts';
import { CONTENT_PROPERTIES, type EntityOptions, messageProperty } from '../message/entity.ts';
import { matchesFilter } from '../query/message-filter.ts';
import { readSelect } from '../query/params.ts';
import { WELL_KNOWN } from '../store/folder-names.ts';
import type { Folder } from '../store/folders.ts';
import { looksLikeId } from '../store/ids.ts';
import type { OutlookItem } from '../store/item.ts';
import type { Outlook } from '../store/outlook.ts';

/** Without Mail.Read there are no bodies: left out of the default, refused when named. */
const mayReadContent = ({ token }: GraphCall): boolean =>
  token.permissions.has('Mail.Read') || token.permissions.has('Mail.ReadWrite');

const BASIC =
  'createdDateTime lastModifiedDateTime changeKey categories receivedDateTime sentDateTime hasAttachments internetMessageId subject importance parentFolderId conversationId conversationIndex isDeliveryReceiptRequested isReadReceiptRequested isRead isDraft webLink inferenceClassification sender from toRecipients ccRecipients bccRecipients replyTo flag'.split(
    ' ',
  );

/** How this call wants messages shown. @throws GraphError for a property that is none */
export const entityOptions = (call: GraphCall): EntityOptions => {
  const { account, prefer, query } = call;
  const select = readSelect(query, messageProperty);
  if (!mayReadContent(call) && select?.some((name) => CONTENT_PROPERTIES.includes(name))) {
    throw accessDenied();
  }
  return {
    idOf: ({ message, moves }) =>
      prefer.immutableIds ? message.id : account.outlook.ids.rest(message.id, moves),
    bodyType: prefer.bodyType,
    select: select ?? (mayReadContent(call) ? null : BASIC),
  };
};

/** The folder a path names. @throws GraphError 404, or 400 for what is no id at all */
export const requireFolder = ({ account, params }: GraphCall): Folder => {
  const text = params.folder ?? '';
  const folder = account.outlook.folders.find(text);
  if (folder) return folder;
  const name = text.toLowerCase();
  if (name in WELL_KNOWN) {
    const message = `The specified object was not found in the store., Default folder ${name} not found.`;
    throw new GraphError(404, 'ErrorItemNotFound', message);
  }
  throw looksLikeId(text) ? itemNotFound() : malformedId();
};

/** The message a path names. @throws GraphError 404, or 400 for what is no id at all */
export const requireItem = ({ account, params, now }: GraphCall): OutlookItem => {
  const id = params.message ?? '';
  const item = account.outlook.find(id);
  if (item && item.readableAtMs <= now) return item;
  throw item || looksLikeId(id) ? itemNotFound() : malformedId();
};

/** Messages of a folder or of the mailbox, newest first; a search folder looks into others. */
export const itemsOf = (outlook: Outlook, folder: Folder | null): OutlookItem[] => {
  if (!folder?.search) return outlook.sorted(folder);
  const { filterQuery, sourceFolderIds } = folder.search;
  return outlook
    .sorted(null)
    .filter((item) => sourceFolderIds.includes(item.folder.id) && matchesFilter(item, filterQuery));
};
