import { condition, continueAsNew, patched } from '@temporalio/workflow';
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
  let mailing = false;
  const mailOwner = async (): Promise<void> => {
    mailing = true;
    // When this is cancelled, so is the delivering, which says so.
    await tellUser(() => tell(input)).catch(() => {});
    mailing = false;
  };
  const mailed = (): boolean => !mailing;
  for (;;) {
    const turn = await deliver(input);
    delivered += turn.delivered;
    if (turn.notify && mailed()) void mailOwner();
    if (turn.notify && !patched('2026-11-23-mail-beside-delivering')) await condition(mailed);
    // The mail may be tried for a day; an endpoint that is enabled again must not wait for it.
    if (turn.done && (mailed() || (await condition(mailed, '5 minutes')))) return { delivered };
    if (mailed() && shouldContinueAsNew()) await continueAsNew<typeof deliverEventsWorkflow>(input);
  }
}
