import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { type DeliveryTurn, deliverEvents } from '../../../activities/deliver-events.ts';
import type { ActivityDeps } from '../../../activities/deps.ts';
import { readConfig } from '../../../config/config.ts';
import { insertEndpoint, newEndpointId } from '../../../db/endpoint-store.ts';
import { EVENT_TYPES, type EventType } from '../../../domain/event.ts';
import { sealTarget } from '../../../vault/endpoint-seals.ts';
import { createSecret } from '../../../webhooks/sign.ts';
import type { TestDatabase } from '../../support/database.ts';
import { noPace, required } from '../../support/environment.ts';
import { ALICE, keys } from '../db/fixtures.ts';

/** Alice runs her org's integrations. */
export const ADMIN = { ...ALICE, roles: ['admin'] };

const { settings } = readConfig({
  ...required(),
  EVENTS_ALLOW_PRIVATE_URLS: 'true',
  EVENTS_RETRY_FIRST_MS: '20',
});

export interface TestEndpoint {
  id: string;
  secret: string;
}

export async function addEndpoint(
  database: TestDatabase,
  {
    url = 'https://crm.example/hook',
    types = [...EVENT_TYPES],
    content = false,
    user = ADMIN,
    secrets = [{ secret: createSecret(), endsAt: null as number | null }],
  }: {
    url?: string;
    types?: EventType[];
    content?: boolean;
    user?: typeof ADMIN;
    secrets?: { secret: string; endsAt: number | null }[];
  } = {},
): Promise<TestEndpoint> {
  const id = newEndpointId();
  const target = { url, secrets, notifyAddress: 'alice@acme.example' };
  const sealed = sealTarget(keys.masters, { orgId: user.orgId, id }, target);
  await database.api.asUser(user, (tx) => insertEndpoint(tx, id, { types, content, ...sealed }));
  return { id, secret: secrets[0]?.secret ?? '' };
}

export const depsOf = (database: TestDatabase, more: Partial<ActivityDeps> = {}): ActivityDeps => ({
  database: database.worker,
  keyRing: keys,
  mailboxes: {
    open: async () => {
      throw new Error('events need no mailbox');
    },
    openSender: async () => {
      throw new Error('events send nothing');
    },
  },
  mailer: { send: async () => {} },
  pace: noPace,
  runningInboxes: { list: async () => [], cancel: async () => {} },
  settings,
  log: pino({ level: 'silent' }),
  now: () => Date.now(),
  ...more,
});

/** One turn of the activity, as a worker would run it. */
export const deliver = (deps: ActivityDeps, endpointId: string): Promise<DeliveryTurn> =>
  new MockActivityEnvironment().run(() => deliverEvents(deps, { endpointId }));

export interface TestDelivery {
  endpoint_id: string;
  inbox_id: string;
  event_id: string;
  type: string;
  facts: Record<string, unknown>;
  state: string;
  attempts: number;
  last_status: number | null;
  last_failure: string | null;
}

export const deliveriesOf = (database: TestDatabase, endpointId: string): Promise<TestDelivery[]> =>
  database.sql('select * from event_deliveries where endpoint_id = $1 order by seq', [endpointId]);
