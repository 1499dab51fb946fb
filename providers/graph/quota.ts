/** The Graph methods the engine calls, named for logs, metrics and the touch report. */
export type GraphMethod =
  | 'me'
  | 'mailFolders.list'
  | 'mailFolders.get'
  | 'mailFolders.delta'
  | 'messages.list'
  | 'messages.search'
  | 'messages.delta'
  | 'messages.get'
  | 'messages.reply'
  | 'messages.find'
  | 'sendMail'
  | 'attachments.list'
  | 'attachments.get'
  | 'batch'
  | 'subscriptions.create'
  | 'subscriptions.list'
  | 'subscriptions.renew'
  | 'subscriptions.delete';

/**
 * What Microsoft allows an app in one mailbox. Every request counts one, each part of a `$batch`
 * like one sent alone, and so does a refused one. The app's own limit over all mailboxes, 130,000
 * requests in 10 s, cannot be met below a thousand mailboxes that are all at their wall.
 * @see learn.microsoft.com/graph/throttling-limits (2026-09-17)
 */
export interface GraphQuota {
  /** In ten minutes. */
  requestsPerWindow: number;
  /** Requests under way at the same moment. */
  atOnce: number;
}

export const GRAPH_QUOTA: GraphQuota = { requestsPerWindow: 10_000, atOnce: 4 };
