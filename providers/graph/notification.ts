import { z } from 'zod';
import { toJson } from '../http.ts';

/** What Graph says of one subscription; what changed is asked for by the cursor instead. */
export interface GraphNotification {
  subscriptionId: string;
  clientState: string;
  /** '' where Graph names none, as for a personal account. */
  tenantId: string;
  event: 'changed' | 'missed' | 'removed' | 'reauthorize';
}

const Item = z.object({
  subscriptionId: z.string().min(1).max(200),
  clientState: z.string().max(128),
  tenantId: z.string().max(100).optional(),
  /** What some lifecycle notifications say instead. */
  organizationId: z.string().max(100).optional(),
  lifecycleEvent: z.string().optional(),
});

const Body = z.object({ value: z.array(z.unknown()) });

/** Of one delivery. What lies beyond is found by looking, as is whatever else a push leaves out. */
const MAX_ITEMS = 500;

const LIFECYCLE: Readonly<Record<string, GraphNotification['event']>> = {
  missed: 'missed',
  subscriptionRemoved: 'removed',
  reauthorizationRequired: 'reauthorize',
};

/**
 * Reads `{value: [...]}`, several subscriptions and tenants in one. What cannot be read is counted,
 * and of equal ones all but one left out: nothing here is authentic before its secret was compared.
 */
export const readNotifications = (
  body: unknown,
): { notifications: GraphNotification[]; unreadable: number } => {
  const items = Body.safeParse(toJson(body)).data?.value;
  if (!items) return { notifications: [], unreadable: 1 };
  const read = items.slice(0, MAX_ITEMS).flatMap((item) => readItem(item) ?? []);
  return {
    notifications: [...new Map(read.map((one) => [JSON.stringify(one), one])).values()],
    unreadable: items.length - read.length,
  };
};

const readItem = (item: unknown): GraphNotification | null => {
  const { data } = Item.safeParse(item);
  if (!data) return null;
  const { subscriptionId, clientState, tenantId, organizationId = '', lifecycleEvent } = data;
  const event = lifecycleEvent === undefined ? 'changed' : LIFECYCLE[lifecycleEvent];
  return event
    ? { subscriptionId, clientState, tenantId: tenantId ?? organizationId, event }
    : null;
};
