import type { GraphMethod } from '../call.ts';
import { attachmentMethods } from './attachments.ts';
import { folderMethods } from './folders.ts';
import { meMethods } from './me.ts';
import { messageGetMethods } from './messages-get.ts';
import { messageListMethods } from './messages-list.ts';
import { messageWriteMethods } from './messages-write.ts';
import { sendMethods } from './send.ts';
import { subscriptionMethods } from './subscriptions.ts';

/** In order: a literal segment before a `{name}` that would take it. */
export const METHODS: readonly GraphMethod[] = [
  ...meMethods,
  ...folderMethods,
  ...messageListMethods,
  ...messageGetMethods,
  ...messageWriteMethods,
  ...attachmentMethods,
  ...sendMethods,
  ...subscriptionMethods,
];
