import { continueAsNew } from '@temporalio/workflow';
import { deletion, destruction } from './activity-options.ts';
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
  for (;;) {
    const turn = await deletion.rewrapKeys({ masterKeyId, after });
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
  await destruction.beginKeyRotation({ inboxId });
  let done = false;
  while (!done) ({ done } = await deletion.resealTurn({ inboxId }));
  await destruction.destroyKeys({ inboxId });
}
