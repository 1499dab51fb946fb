import { decodeBody } from '../../shared/mime/transfer.ts';
import { parseMime } from '../../shared/mime/tree.ts';
import { CONTENT_PERMISSIONS, type GraphCall, type GraphMethod } from '../call.ts';
import { badRequest, itemNotFound } from '../errors.ts';
import { contextOf } from '../links.ts';
import { attachmentParts, toAttachment } from '../message/attachments.ts';
import type { OutlookItem } from '../store/item.ts';
import { requireItem } from './shared.ts';

const MARK = 'BEgAQ';
const TAIL = 'AAAA=';

const idOf = (messageId: string, index: number): string =>
  `${messageId.replace(/=+$/, '')}${MARK}${String(index).padStart(4, '0')}${TAIL}`;

const indexOf = (id: string): number =>
  id.endsWith(TAIL) ? Number(id.slice(-TAIL.length - 4, -TAIL.length)) : Number.NaN;

/** The attachments of a message, by `$select` and `$expand` of the call. */
export const attachmentsOf = (call: GraphCall, item: OutlookItem) => {
  const { raw } = item.message;
  const select = call.path.endsWith('/attachments')
    ? call.query.get('$select')?.split(',').map(withoutCast)
    : undefined;
  const withItem = /itemattachment\/item/i.test(call.query.get('$expand') ?? '');
  const messageId = messageIdOf(call, item);
  return attachmentParts(parseMime(raw)).map((part, index) => {
    const id = idOf(messageId, index);
    const view = { id, modifiedMs: item.modifiedMs, withContent: true, withItem };
    const shown = toAttachment(raw, part, view);
    if (!select) return shown;
    const kept = new Set(['@odata.type', '@odata.mediaContentType', 'id', ...select]);
    return Object.fromEntries(Object.entries(shown).filter(([name]) => kept.has(name)));
  });
};

/** Properties of one kind of attachment are named with a cast. */
const withoutCast = (name: string): string =>
  name.replace(/^microsoft\.graph\.(file|item|reference)Attachment\//, '');

const messageIdOf = ({ prefer, account }: GraphCall, { message, moves }: OutlookItem): string =>
  prefer.immutableIds ? message.id : account.outlook.ids.rest(message.id, moves);

const requirePart = (call: GraphCall) => {
  const { raw } = requireItem(call).message;
  const part = attachmentParts(parseMime(raw))[indexOf(call.params.attachment ?? '')];
  if (!part) throw itemNotFound();
  return { raw, part };
};

const value = (call: GraphCall) => {
  const { raw, part } = requirePart(call);
  if (part.kind === 'reference') throw badRequest('A reference attachment has no content.');
  const contentType = part.kind === 'item' ? 'text/plain' : part.contentType;
  return { bytes: decodeBody(raw, part.node), contentType };
};

const path = 'me/messages/{message}/attachments';

export const attachmentMethods: readonly GraphMethod[] = [
  {
    name: 'graph.attachments.list',
    httpMethod: 'GET',
    path,
    permissions: CONTENT_PERMISSIONS,
    mail: true,
    handle: (call) => ({
      json: {
        '@odata.context': contextOf(call, 'messages/attachments'),
        value: attachmentsOf(call, requireItem(call)),
      },
    }),
  },
  {
    name: 'graph.attachments.get',
    httpMethod: 'GET',
    path: `${path}/{attachment}`,
    permissions: CONTENT_PERMISSIONS,
    mail: true,
    handle: (call) => {
      requirePart(call);
      const index = indexOf(call.params.attachment ?? '');
      const context = contextOf(call, 'messages/attachments/$entity');
      return {
        json: { '@odata.context': context, ...attachmentsOf(call, requireItem(call))[index] },
      };
    },
  },
  {
    name: 'graph.attachments.value',
    httpMethod: 'GET',
    path: `${path}/{attachment}/$value`,
    permissions: CONTENT_PERMISSIONS,
    mail: true,
    handle: value,
  },
];
