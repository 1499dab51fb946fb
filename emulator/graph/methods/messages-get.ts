import {
  CONTENT_PERMISSIONS,
  type GraphCall,
  type GraphMethod,
  READ_PERMISSIONS,
} from '../call.ts';
import { badRequest } from '../errors.ts';
import { contextOf } from '../links.ts';
import { MessageView, toEntity } from '../message/entity.ts';
import { jsonBody } from '../pipeline.ts';
import { attachmentsOf } from './attachments.ts';
import { entityOptions, requireItem } from './shared.ts';

const get = (call: GraphCall) => {
  const item = requireItem(call);
  const expand = call.query.get('$expand')?.toLowerCase().startsWith('attachments') ?? false;
  return {
    json: {
      '@odata.context': contextOf(call, 'messages/$entity'),
      ...toEntity(new MessageView(item, entityOptions(call))),
      ...(expand && { attachments: attachmentsOf(call, item) }),
    },
  };
};

const MAX_IDS = 1_000;
const IMMUTABLE = 'restImmutableEntryId';

/** POST /me/translateExchangeIds; an id that is none comes back with an error of its own. */
const translate = (call: GraphCall) => {
  const { inputIds, targetIdType } = jsonBody(call);
  if (!Array.isArray(inputIds) || inputIds.length > MAX_IDS) {
    throw badRequest(`inputIds must hold at most ${MAX_IDS} ids.`);
  }
  const { outlook } = call.account;
  const value = inputIds.map(String).map((sourceId) => {
    const item = outlook.find(sourceId);
    if (!item) {
      const errorDetails = { code: 'ErrorInvalidIdMalformed', message: 'Id is malformed.' };
      return { sourceId, errorDetails };
    }
    const { message, moves } = item;
    const targetId = targetIdType === IMMUTABLE ? message.id : outlook.ids.rest(message.id, moves);
    return { sourceId, targetId };
  });
  return { json: { '@odata.context': contextOf(call, 'translateExchangeIds'), value } };
};

export const messageGetMethods: readonly GraphMethod[] = [
  {
    name: 'graph.messages.get',
    httpMethod: 'GET',
    path: 'me/messages/{message}',
    permissions: READ_PERMISSIONS,
    mail: true,
    handle: get,
  },
  {
    name: 'graph.messages.get',
    httpMethod: 'GET',
    path: 'me/mailFolders/{folder}/messages/{message}',
    permissions: READ_PERMISSIONS,
    mail: true,
    handle: get,
  },
  {
    name: 'graph.messages.value',
    httpMethod: 'GET',
    path: 'me/messages/{message}/$value',
    permissions: CONTENT_PERMISSIONS,
    mail: true,
    handle: (call) => ({ bytes: requireItem(call).message.raw, contentType: 'text/plain' }),
  },
  {
    name: 'graph.translateExchangeIds',
    httpMethod: 'POST',
    path: 'me/translateExchangeIds',
    permissions: ['User.Read', ...READ_PERMISSIONS],
    mail: true,
    handle: translate,
  },
];
