import { defineRoute, Media } from '../route.ts';

export const streamChanges = defineRoute({
  method: 'get',
  path: '/api/v1/events',
  name: 'streamChanges',
  tag: 'Inboxes',
  summary: 'Which of the caller’s own inboxes change, as they do',
  description:
    'Server-sent events. Each is named inboxes, and its data is a JSON array of { inboxId, version }: all of the caller’s inboxes, with a version that is another one whenever something about the inbox is. The first comes at once, so that nothing is missed over a break. A stream ends after five minutes; open it again.',
  responses: { 200: new Media('The stream.', 'text/event-stream') },
  problems: ['too-many-streams'],
}).handle(
  (ctx) =>
    ({ caller, res }) =>
      ctx.changes.open(caller, res),
);
