import type { GmailMethod } from './call.ts';
import { historyList } from './methods/history.ts';
import { labelMethods } from './methods/labels.ts';
import { attachmentsGet, messagesGet } from './methods/messages-get.ts';
import { messagesList } from './methods/messages-list.ts';
import { modifyMethods } from './methods/messages-modify.ts';
import { profileMethods } from './methods/profile.ts';
import { messagesSend } from './methods/send.ts';
import { threadMethods } from './methods/threads.ts';
import { watchMethods } from './methods/watch.ts';

/** Literal paths stand before `{id}` ones: `messages/send` must not read as a message called send. */
const METHODS: readonly GmailMethod[] = [
  messagesGet,
  messagesList,
  historyList,
  ...profileMethods,
  ...labelMethods,
  messagesSend,
  attachmentsGet,
  ...modifyMethods,
  ...threadMethods,
  ...watchMethods,
];

interface Route {
  method: GmailMethod;
  segments: string[];
}

const ROUTES = new Map<string, Route[]>();
for (const method of METHODS) {
  const segments = method.path.split('/');
  const key = `${method.httpMethod} ${segments.length}`;
  const routes = ROUTES.get(key) ?? [];
  routes.push({ method, segments });
  ROUTES.set(key, routes);
}

export interface Match {
  method: GmailMethod;
  userId: string;
  params: Record<string, string>;
}

const PREFIX = '/gmail/v1/users/';
const UPLOAD = '/upload';

export const isUpload = (path: string): boolean => path.startsWith(`${UPLOAD}/`);

/** The method a request means, or null for a path Gmail does not have. */
export const matchRoute = (httpMethod: string, path: string): Match | null => {
  const uploads = isUpload(path);
  const plain = uploads ? path.slice(UPLOAD.length) : path;
  if (!plain.startsWith(PREFIX)) return null;
  const [userId = '', ...rest] = plain.slice(PREFIX.length).split('/').map(decodeSegment);
  for (const route of ROUTES.get(`${httpMethod} ${rest.length}`) ?? []) {
    if (uploads && !route.method.uploads) continue;
    const params = bindParams(route.segments, rest);
    if (params) return { method: route.method, userId, params };
  }
  return null;
};

const decodeSegment = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

const bindParams = (segments: readonly string[], actual: readonly string[]) => {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const value = actual[index] ?? '';
    if (segment.startsWith('{')) params[segment.slice(1, -1)] = value;
    else if (segment !== value) return null;
  }
  return params;
};
