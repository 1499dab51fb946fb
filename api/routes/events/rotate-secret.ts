import { z } from 'zod';
import { writeAudit } from '../../../db/audit-store.ts';
import { updateEndpoint } from '../../../db/endpoint-store.ts';
import { type EndpointSecret, sealTarget } from '../../../vault/endpoint-seals.ts';
import { createSecret } from '../../../webhooks/sign.ts';
import { requireAdmin } from '../../auth.ts';
import { mustFindTarget, ownEndpoint } from '../../endpoint-access.ts';
import { defineRoute } from '../../route.ts';
import { idParams } from '../../validate.ts';
import { endpointSchema, endpointView, secretSchema } from '../../views/endpoint-view.ts';

const HOUR_MS = 3_600_000;

const body = z
  .strictObject({ overlapHours: z.int().min(0).max(168).default(24) })
  .default({ overlapHours: 24 });

export const rotateSecret = defineRoute({
  method: 'post',
  path: '/api/v1/event-endpoints/{id}/rotate-secret',
  name: 'rotateEventEndpointSecret',
  tag: 'Events',
  summary: 'A new signing secret; the old one signs too for a while',
  description:
    'With overlapHours 0 the old one ends at once, for a secret that has leaked. Rotating again meanwhile ends the oldest.',
  before: [requireAdmin],
  params: idParams,
  body,
  responses: { 200: endpointSchema.extend({ secret: secretSchema }) },
  problems: ['administrators-only', 'not-found', 'endpoint-unreadable'],
}).handle((ctx) => async ({ params: { id }, body: { overlapHours }, caller }) => {
  const secret = createSecret();
  return ctx.database.asUser(caller, async (tx) => {
    const endpoint = await ownEndpoint(tx, id, { lock: true });
    const opened = mustFindTarget(ctx, endpoint);
    const secrets = rotated(secret, opened.secrets, ctx.now() + overlapHours * HOUR_MS);
    const target = { ...opened, secrets };
    const { types, content } = endpoint;
    await updateEndpoint(tx, id, {
      types,
      content,
      ...sealTarget(ctx.keyRing.masters, endpoint, target),
    });
    await writeAudit(tx, { act: 'webhook.changed', subject: id });
    return { status: 200, body: { ...endpointView(endpoint, target, ctx.now()), secret } };
  });
});

/** Two at most, so that a signature stays short. */
function rotated(secret: string, [newest]: EndpointSecret[], endsAt: number): EndpointSecret[] {
  return [{ secret, endsAt: null }, ...(newest ? [{ secret: newest.secret, endsAt }] : [])];
}
