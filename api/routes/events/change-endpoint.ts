import { z } from 'zod';
import { writeAudit } from '../../../db/audit-store.ts';
import { disableEndpoint, enableEndpoint, updateEndpoint } from '../../../db/endpoint-store.ts';
import { ENDPOINT_STATES } from '../../../db/entities/enums.ts';
import { sealTarget } from '../../../vault/endpoint-seals.ts';
import { requireAdmin } from '../../auth.ts';
import { mustFindTarget, ownEndpoint } from '../../endpoint-access.ts';
import { checkEndpointUrl, endpointUrl, eventTypes } from '../../endpoint-input.ts';
import { Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { idParams } from '../../validate.ts';
import { endpointSchema, endpointView } from '../../views/endpoint-view.ts';

const body = z.strictObject({
  url: endpointUrl,
  types: eventTypes,
  content: z.boolean(),
  state: z.enum(ENDPOINT_STATES),
});

export const changeEndpoint = defineRoute({
  method: 'put',
  path: '/api/v1/event-endpoints/{id}',
  name: 'changeEventEndpoint',
  tag: 'Events',
  summary: 'Change, disable or enable an event endpoint',
  description:
    'Disabled, it is told nothing: what waits has failed, and what happens meanwhile is not kept. Enabled again, it is told of what happens from then on; failed deliveries can be replayed.',
  before: [requireAdmin],
  params: idParams,
  body,
  responses: { 200: endpointSchema },
  problems: [
    ...(['administrators-only', 'not-found'] as const),
    ...(['unusable-url', 'content-not-yours', 'endpoint-unreadable'] as const),
  ],
}).handle((ctx) => async ({ params: { id }, body: { url, types, content, state }, caller }) => {
  const href = checkEndpointUrl(url, ctx.settings.events).href;
  return ctx.database.asUser(caller, async (tx) => {
    const before = await ownEndpoint(tx, id, { lock: true });
    const opened = mustFindTarget(ctx, before);
    // Or an administrator could have a colleague's mail sent to a place of their own.
    if (content && before.userId !== caller.userId && (!before.content || href !== opened.url)) {
      throw new Problem('content-not-yours', 'Somebody else registered this endpoint.');
    }
    const target = { ...opened, url: href };
    await updateEndpoint(tx, id, {
      types,
      content,
      ...sealTarget(ctx.keyRing.masters, before, target),
    });
    if (state === 'active' && before.state === 'disabled') await enableEndpoint(tx, id);
    if (state === 'disabled' && before.state === 'active') await disableEndpoint(tx, id, 'asked');
    await writeAudit(tx, { act: 'webhook.changed', subject: id });
    const after = await ownEndpoint(tx, id);
    return { status: 200, body: endpointView(after, target, ctx.now()) };
  });
});
