import { continueAsNew, patched, sleep } from '@temporalio/workflow';
import { sending, summarised } from './activity-options.ts';
import { shouldContinueAsNew } from './continue-policy.ts';
import type { SendMessageInput } from './messages.ts';
import { wakeInbox } from './wake-inbox.ts';

export interface SendMessageResult {
  state: string;
}

/**
 * Sends one message and ends when its fate is known, or known to stay unknown, and the mailbox's
 * copy of what was sent has come. The message lies sealed in Postgres, and so does the note of its
 * one attempt: whoever runs this twice sends once. Its row knows since when it waits, so the input is
 * all that a continue-as-new hands on: the 24 hours of an outage, asked every 15 s, are some 160 runs
 * of 400 events.
 */
export async function sendMessageWorkflow(input: SendMessageInput): Promise<SendMessageResult> {
  const send = summarised('Send, look whether it was sent, bring its copy', sending.sendMessage);
  for (;;) {
    const { state, retryInMs, wakesInbox } = await send(input);
    if (wakesInbox && patched('2026-11-23-a-send-wakes-its-inbox')) await wakeInbox(input.inboxId);
    if (retryInMs === null) return { state };
    await sleep(retryInMs);
    if (shouldContinueAsNew() && patched('2026-11-23-sending-in-short-histories')) {
      await continueAsNew<typeof sendMessageWorkflow>(input);
    }
  }
}
