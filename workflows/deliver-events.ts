import { continueAsNew } from '@temporalio/workflow';
import { delivery, notification, summarised } from './activity-options.ts';
import { shouldContinueAsNew } from './continue-policy.ts';
import type { DeliverEventsInput } from './messages.ts';
import { tellUser } from './tell-user.ts';

export interface DeliverEventsResult {
  delivered: number;
}

/**
 * Delivers what waits for one endpoint, then ends; the API starts it again when something is due.
 * Its id makes it the only one at the endpoint, which is what keeps an inbox's events in order.
 */
export async function deliverEventsWorkflow(
  input: DeliverEventsInput,
): Promise<DeliverEventsResult> {
  const deliver = summarised('Events that are due, oldest first', delivery.deliverEvents);
  const tell = summarised('Mail: an endpoint was disabled', notification.notifyEndpointDisabled);
  let delivered = 0;
  for (;;) {
    const turn = await deliver(input);
    delivered += turn.delivered;
    if (turn.notify) await tellUser(() => tell(input));
    if (turn.done) return { delivered };
    if (shouldContinueAsNew()) await continueAsNew<typeof deliverEventsWorkflow>(input);
  }
}
