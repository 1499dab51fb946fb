/** The inbox moved on (disconnect, delete, reconnect): stop quietly, read and write nothing (I4). */
export class StaleEpochError extends Error {
  override readonly name = 'StaleEpoch';
  constructor(inboxId: string, epoch: number) {
    super(`Inbox ${inboxId} is no longer connected in epoch ${epoch}; this attempt has stopped.`);
  }
}
