import { z } from 'zod';
import { EVENT_TYPES, type EventType } from '../../domain/event.ts';
import { RECONNECT_REASONS } from '../../domain/inbox.ts';
import { timeSchema } from '../views/time.ts';
import type { Json, SchemaCollector } from './schemas.ts';

const inbox = {
  inboxId: z.uuid(),
  userId: z.string().describe('Whose inbox it is.'),
  sequence: z.int().describe('Rises with each event of an inbox; numbers may be left out.'),
};

const backfill = z.object({
  ...inbox,
  n: z.int(),
  kind: z.string(),
  state: z.string(),
  receipt: z.record(z.string(), z.unknown()),
});

const participant = z.object({ role: z.string(), name: z.string(), address: z.string() });

/** What `data` holds, by type. Later versions may add fields. */
const DATA: Record<EventType, z.ZodType> = {
  'message.synced': z.object({
    ...inbox,
    messageId: z.uuid(),
    threadId: z.string(),
    direction: z.enum(['inbound', 'outbound']),
    receivedAt: timeSchema,
    contactIds: z.array(z.string()).describe('On whose timelines it is, when this was delivered.'),
    content: z
      .object({
        subject: z.string(),
        snippet: z.string(),
        participants: z.array(participant),
        text: z.string().nullable(),
      })
      .nullable()
      .optional()
      .describe(
        'Only for endpoints that ask for content. Null for mail of anybody but whoever registered the endpoint.',
      ),
  }),
  'backfill.completed': backfill.describe('State completed or completed_with_failures.'),
  'backfill.failed': backfill.describe('It was given up; an operator can replay it.'),
  'inbox.needs_reconnect': z.object({
    ...inbox,
    epoch: z.int(),
    reason: z.enum(RECONNECT_REASONS),
  }),
  'inbox.disconnected': z.object({ ...inbox, epoch: z.int() }),
  'history.deleted': z.object({
    ...inbox,
    deletionId: z.uuid(),
    messagesDeleted: z.int(),
    verdictsDeleted: z.int(),
  }),
};

export const eventSchema = (type: EventType) =>
  z.object({
    type: z.literal(type),
    timestamp: timeSchema.describe('When it happened.'),
    data: DATA[type],
  });

const HEADERS: Record<string, string> = {
  'webhook-id': 'The same in every attempt to deliver an event: skip what you have seen.',
  'webhook-timestamp': 'Of this attempt, in seconds.',
  'webhook-signature': 'v1,<base64> by each secret in force; see standardwebhooks.com.',
};

/** The `webhooks` of the OpenAPI document: every event, as it is posted to an endpoint. */
export function webhooksOf(schemas: SchemaCollector): Json {
  return Object.fromEntries(EVENT_TYPES.map((type) => [type, { post: operation(type, schemas) }]));
}

const operation = (type: EventType, schemas: SchemaCollector): Json => ({
  operationId: `event ${type}`,
  tags: ['Events'],
  parameters: Object.entries(HEADERS).map(([name, description]) => ({
    ...{ name, in: 'header', required: true, description, schema: { type: 'string' } },
  })),
  requestBody: {
    required: true,
    content: { 'application/json': { schema: schemas.output(eventSchema(type)) } },
  },
  responses: {
    '2XX': { description: 'Taken. Anything else, or nothing within 15 s, is tried again.' },
    '410': { description: 'No more events are wanted: the endpoint is disabled.' },
  },
});
