import { z } from 'zod';
import { toJson } from '../http.ts';

/** What Graph says of one subscription; what changed is asked for by the cursor instead. */
export interface GraphNotification {
  subscriptionId: string;
  clientState: string;
  tenantId: string;
  event: 'changed' | 'missed' | 'removed' | 'reauthorize';
}

const Item = z.object({
  subscriptionId: z.string().min(1).max(200),
  clientState: z.string().max(128),
  tenantId: z.string().max(100),
  lifecycleEvent: z.string().optional(),
});

const Body = z.object({ value: z.array(z.unknown()).max(10_000) });

const LIFECYCLE: Readonly<Record<string, GraphNotification['event']>> = {
  missed: 'missed',
  subscriptionRemoved: 'removed',
  reauthorizationRequired: 'reauthorize',
};

/**
 * Reads `{value: [...]}`, several subscriptions and tenants in one. What cannot be read is left
 * out, and of equal ones all but one: nothing here is authentic before its secret was compared.
 */
export const readNotifications = (body: unknown): GraphNotification[] => {
  const items = Body.safeParse(toJson(body)).data?.value ?? [];
  const read = items.flatMap((item): GraphNotification[] => {
    const { data } = Item.safeParse(item);
    if (!data) return [];
    const { subscriptionId, clientState, tenantId, lifecycleEvent } = data;
    const event = lifecycleEvent === undefined ? 'changed' : LIFECYCLE[lifecycleEvent];
    return event ? [{ subscriptionId, clientState, tenantId, event }] : [];
  });
  return [...new Map(read.map((one) => [JSON.stringify(one), one])).values()];
};
