/**
 * An error whose message we wrote ourselves, of ids, numbers and codes: it may be logged and may
 * enter a workflow's history. The message of any other error may quote mail, addresses or tokens,
 * so only its name and stack frames go there (I6).
 */
export abstract class ContentFreeError extends Error {}

/** The inbox moved on (disconnect, delete, reconnect): stop quietly, read and write nothing (I4). */
export class StaleEpochError extends ContentFreeError {
  override readonly name = 'StaleEpoch';
  constructor(inboxId: string, epoch: number) {
    super(`Inbox ${inboxId} is no longer connected in epoch ${epoch}; this attempt has stopped.`);
  }
}
