import type { Tx } from './tx.ts';

export interface InboxVersion {
  inboxId: string;
  /** Another one: something that a page shows of the inbox has changed. */
  version: string;
}

/**
 * The caller's own inboxes, oldest first, each with a fingerprint of what changes about it: touches
 * rise with every commit of mail, the rest with every change of state.
 */
export const readInboxVersions = (tx: Tx): Promise<InboxVersion[]> =>
  tx.sql(
    `select i.id as "inboxId", md5(concat_ws('/', i.status, i.epoch, i.scope, i.reconnect_reason,
       (select concat_ws(':', t.calls, t.units, t.bodies_read, t.heads_read) from touches t
        where t.inbox_id = i.id),
       (select concat_ws(':', max(b.n), max(b.finished_at), max(b.planned_at), count(*))
        from backfills b where b.inbox_id = i.id),
       (select concat_ws(':', count(*), max(g.closed_at)) from gaps g where g.inbox_id = i.id),
       (select concat_ws(':', max(d.requested_at), sum(d.messages_deleted), max(d.finished_at))
        from deletions d where d.inbox_id = i.id))) as version
     from inboxes i
     where i.user_id = app_user()
     order by i.connected_at, i.id`,
    [],
  );
