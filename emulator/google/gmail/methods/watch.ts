import { SCOPE } from '../../oauth/scopes.ts';
import type { GmailCall, GmailMethod } from '../call.ts';
import { invalidArgument } from '../errors.ts';
import { READ_SCOPES } from './messages-list.ts';

const WATCH_MS = 7 * 24 * 3600_000;

/** @throws ApiError 400 for a topic of another project, or a second topic on the same mailbox */
const watch = (call: GmailCall) => {
  const { context, mailbox, token, body, now } = call;
  const topic = body.topicName;
  const { projectId } = token.client;
  if (typeof topic !== 'string' || !topic.startsWith(`projects/${projectId}/topics/`)) {
    throw invalidArgument(`Invalid topicName does not match projects/${projectId}/topics/*`);
  }
  const labelIds = stringList(body.labelIds);
  const behaviour = body.labelFilterBehavior ?? body.labelFilterAction ?? 'include';
  const { address } = mailbox.identity;
  const current = context.pubsub.watchOf(projectId, address, now);
  if (current && current.topic !== topic) {
    throw invalidArgument(
      'Only one user push notification client allowed per developer (call /stop then try again)',
    );
  }
  const expiration = now + WATCH_MS;
  context.pubsub.setWatch({
    projectId,
    address,
    topic,
    labelIds,
    exclude: String(behaviour).toLowerCase() === 'exclude',
    expiration,
  });
  context.pubsub.publish(topic, address, mailbox.historyId);
  return { historyId: String(mailbox.historyId), expiration: String(expiration) };
};

const stringList = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

export const watchMethods: GmailMethod[] = [
  {
    name: 'gmail.users.watch',
    httpMethod: 'POST',
    path: 'watch',
    scopes: READ_SCOPES,
    handle: watch,
  },
  {
    name: 'gmail.users.stop',
    httpMethod: 'POST',
    path: 'stop',
    scopes: [SCOPE.full, SCOPE.modify, SCOPE.readonly, SCOPE.metadata],
    handle: ({ context, mailbox, token }) => {
      context.pubsub.clearWatch(token.client.projectId, mailbox.identity.address);
      return null;
    },
  },
];
