import { sleep } from '@temporalio/workflow';
import { sending, summarised } from './activity-options.ts';
import type { SendMessageInput } from './messages.ts';

export interface SendMessageResult {
  state: string;
}

/**
 * Sends one message and ends when its fate is known, or known to stay unknown. The message lies
 * sealed in Postgres, and so does the note of its one attempt: whoever runs this twice sends once.
 */
export async function sendMessageWorkflow(input: SendMessageInput): Promise<SendMessageResult> {
  const send = summarised('Send, or look whether it was sent', sending.sendMessage);
  for (;;) {
    const { state, retryInMs } = await send(input);
    if (retryInMs === null) return { state };
    await sleep(retryInMs);
  }
}
