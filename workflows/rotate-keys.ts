import { continueAsNew } from '@temporalio/workflow';
import { deletion, destruction, summarised } from './activity-options.ts';
import { shouldContinueAsNew } from './continue-policy.ts';
import type { RewrapKeysInput, RotateDataKeyInput } from './messages.ts';

export interface RewrapKeysResult {
  rewrapped: number;
  unreadable: number;
}

/**
 * After a new master key has come first: every data key is wrapped anew, without touching mail. An
 * old master key may go when none is left under it.
 */
export async function rewrapKeysWorkflow(input: RewrapKeysInput): Promise<RewrapKeysResult> {
  const { masterKeyId } = input;
  let { after, rewrapped, unreadable } = input;
  const rewrap = summarised('Data keys under the new master key', deletion.rewrapKeys);
  for (;;) {
    const turn = await rewrap({ masterKeyId, after });
    rewrapped += turn.rewrapped;
    unreadable += turn.unreadable;
    if (turn.after === null) return { rewrapped, unreadable };
    after = turn.after;
    if (shouldContinueAsNew()) {
      await continueAsNew<typeof rewrapKeysWorkflow>({ masterKeyId, after, rewrapped, unreadable });
    }
  }
}

/** One inbox gets a new data key, while its sync goes on: see activities/rotate-data-key.ts. */
export async function rotateDataKeyWorkflow({ inboxId }: RotateDataKeyInput): Promise<void> {
  await summarised('A new data key', destruction.beginKeyRotation)({ inboxId });
  const reseal = summarised('Mail sealed anew', deletion.resealTurn);
  let done = false;
  while (!done) ({ done } = await reseal({ inboxId }));
  await summarised('The old key’s secret destroyed', destruction.destroyKeys)({ inboxId });
}
