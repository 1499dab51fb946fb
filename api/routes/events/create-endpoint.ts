import { z } from 'zod';
import { writeAudit } from '../../../db/audit-store.ts';
import { countEndpoints, insertEndpoint, newEndpointId } from '../../../db/endpoint-store.ts';
import { sealTarget } from '../../../vault/endpoint-seals.ts';
import { createSecret } from '../../../webhooks/sign.ts';
import { requireAdmin } from '../../auth.ts';
import { ownEndpoint } from '../../endpoint-access.ts';
import { checkEndpointUrl, endpointUrl, eventTypes } from '../../endpoint-input.ts';
import { Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { endpointSchema, endpointView, secretSchema } from '../../views/endpoint-view.ts';

/** Each costs a row an event. */
const MAX_ENDPOINTS = 10;

const body = z.strictObject({
  url: endpointUrl,
  types: eventTypes,
  content: z.boolean().default(false),
});

export const createEndpoint = defineRoute({
  method: 'post',
  path: '/api/v1/event-endpoints',
  name: 'createEventEndpoint',
  tag: 'Events',
  summary: 'Register an address that events are posted to',
  description:
    'Deliveries are signed by the Standard Webhooks specification. The answer is the only one that shows the secret.',
  before: [requireAdmin],
  body,
  responses: { 201: endpointSchema.extend({ secret: secretSchema }) },
  problems: ['administrators-only', 'unusable-url', 'too-many-endpoints'],
}).handle((ctx) => async ({ body: { url, types, content }, caller }) => {
  const secret = createSecret();
  const target = {
    url: checkEndpointUrl(url, ctx.settings.events).href,
    secrets: [{ secret, endsAt: null }],
    notifyAddress: caller.email,
  };
  const id = newEndpointId();
  const sealed = sealTarget(ctx.keyRing.masters, { orgId: caller.orgId, id }, target);
  const endpoint = await ctx.database.asUser(caller, async (tx) => {
    if ((await countEndpoints(tx)) >= MAX_ENDPOINTS) {
      throw new Problem('too-many-endpoints', `An org has ${MAX_ENDPOINTS} endpoints at most.`);
    }
    await insertEndpoint(tx, id, { types, content, ...sealed });
    await writeAudit(tx, { act: 'webhook.created', subject: id });
    return ownEndpoint(tx, id);
  });
  return {
    status: 201,
    headers: { Location: `/api/v1/event-endpoints/${id}` },
    body: { ...endpointView(endpoint, target, ctx.now()), secret },
  };
});
