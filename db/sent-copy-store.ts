import type { SendRef } from './outgoing-store.ts';
import type { InboxTx, Tx } from './tx.ts';

/**
 * The mailbox's own copy of a sent message has its verdict; in the transaction that gives it.
 * @param copy null when it was looked for to the end and not found
 */
export const noteCopied = async (
  tx: InboxTx,
  id: string,
  copy: { providerMessageId: string; providerThreadId: string } | null,
): Promise<void> => {
  await tx.sql(
    `update outgoing_messages set copied_at = now(),
       provider_message_id = coalesce($2, provider_message_id),
       provider_thread_id = coalesce($3, provider_thread_id)
     where id = $1 and inbox_id = app_inbox() and state = 'sent'`,
    [id, copy?.providerMessageId, copy?.providerThreadId],
  );
};

/** As nobody: sent messages whose copy has yet to come and that nobody may be looking after. */
export const dueCopies = async (tx: Tx): Promise<SendRef[]> =>
  await tx.sql(
    'select id, inbox_id as "inboxId", idempotency_key as "idempotencyKey" from due_copies()',
  );
