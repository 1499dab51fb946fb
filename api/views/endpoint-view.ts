import { z } from 'zod';
import type { DeliveryRow } from '../../db/delivery-store.ts';
import type { EndpointRow } from '../../db/endpoint-store.ts';
import { DELIVERY_STATES, ENDPOINT_STATES } from '../../db/entities/enums.ts';
import { EVENT_TYPES } from '../../domain/event.ts';
import type { EndpointTarget } from '../../vault/endpoint-seals.ts';
import { iso, isoOrNull, timeSchema } from './time.ts';

export const endpointSchema = z.object({
  id: z.uuid(),
  url: z.string().nullable(),
  unreadable: z
    .boolean()
    .describe(
      'Its address and secret do not open any more, and nothing is delivered: delete it and register it anew.',
    ),
  types: z.array(z.enum(EVENT_TYPES)),
  content: z
    .boolean()
    .describe('Whether message.synced carries content: of inboxes of whoever registered it only.'),
  state: z.enum(ENDPOINT_STATES),
  disabledWhy: z
    .enum(['asked', 'failing', 'gone'])
    .nullable()
    .describe('failing: nothing was delivered for days. gone: it answered 410.'),
  failingSince: timeSchema.nullable(),
  registeredBy: z.string(),
  createdAt: timeSchema,
  oldSecretUntil: timeSchema
    .nullable()
    .describe('Until then the secret before the last rotation signs too.'),
});

export function endpointView(
  endpoint: EndpointRow,
  target: EndpointTarget | null,
  now: number,
): z.infer<typeof endpointSchema> {
  const ends = (target?.secrets ?? []).flatMap(({ endsAt }) =>
    endsAt !== null && endsAt > now ? [endsAt] : [],
  );
  const { id, types, content, state, disabledWhy } = endpoint;
  return {
    ...{ id, url: target?.url ?? null, unreadable: target === null },
    ...{ types, content, state, disabledWhy },
    failingSince: isoOrNull(endpoint.failingSince),
    registeredBy: endpoint.userId,
    createdAt: iso(endpoint.createdAt),
    oldSecretUntil: ends.length > 0 ? iso(Math.max(...ends)) : null,
  };
}

export const secretSchema = z
  .string()
  .describe('Shown this once. Starts with whsec_; any Standard Webhooks library takes it.');

export const deliverySchema = z.object({
  eventId: z.uuid().describe('The webhook-id, the same in every attempt.'),
  type: z.enum(EVENT_TYPES),
  inboxId: z.uuid(),
  sequence: z.number().int().describe('Rises with each event of an inbox.'),
  facts: z.record(z.string(), z.unknown()),
  state: z
    .enum(DELIVERY_STATES)
    .describe('dropped: its history was deleted before it could be delivered.'),
  attempts: z.number().int(),
  recordedAt: timeSchema,
  nextAttemptAt: timeSchema
    .nullable()
    .describe('Not before; an event also waits for those of its inbox that came before it.'),
  settledAt: timeSchema.nullable(),
  lastStatus: z.number().int().nullable(),
  lastFailure: z.string().nullable().describe('Why there was no answer, such as ECONNREFUSED.'),
});

export function deliveryView(row: DeliveryRow): z.infer<typeof deliverySchema> {
  const { eventId, type, inboxId, seq, facts, state, attempts, lastStatus, lastFailure } = row;
  return {
    ...{ eventId, type, inboxId, sequence: seq, facts, state, attempts, lastStatus, lastFailure },
    recordedAt: iso(row.recordedAt),
    nextAttemptAt: state === 'pending' ? iso(row.dueAt) : null,
    settledAt: isoOrNull(row.settledAt),
  };
}
