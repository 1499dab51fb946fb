import { Migration } from '@mikro-orm/migrations';

/**
 * What operators may see and do. Their role has no right to any column that holds content, nor to
 * messages, contacts or keys at all: a mistake in a route cannot show what the role cannot read.
 */
export class M20261122Operations extends Migration {
  override up(): void {
    for (const statement of [COLUMNS, INDEXES, POLICIES, GRANTS]) this.addSql(statement);
  }

  override down(): void {
    throw new Error('There is no way back from this migration: restore the database instead.');
  }
}

const COLUMNS = /* sql */ `
-- The backfill whose failures and missing parts this one goes through again.
alter table backfills add column replays int;
-- Type of the failure that ended it, such as RequestRefused.
alter table backfills add column failure text;
alter table backfills drop constraint backfills_kind_check;
alter table backfills add constraint backfills_kind_check check (kind in
  ('initial', 'contacts', 'scope', 'gap', 'recheck', 'replay', 'check'));
`;

const INDEXES = /* sql */ `
create unique index backfills_replays on backfills (inbox_id, replays) where replays is not null;
create index backfills_by_outcome on backfills (state, requested_at);
create index inboxes_by_status on inboxes (status);
`;

const POLICIES = /* sql */ `
do $$
declare t text;
begin
  foreach t in array array['inboxes', 'sync_cursors', 'touches', 'backfills', 'backfill_slices',
                           'backfill_ids', 'verdicts', 'gaps', 'deletions', 'workflow_commands'] loop
    execute format('create policy ops on %I for select to sambandh_ops using (true)', t);
  end loop;
end $$;
create policy ops_replays on backfills for insert to sambandh_ops with check (kind = 'replay');
create policy ops_wakes on workflow_commands for insert to sambandh_ops with check (kind = 'wake');
`;

const GRANTS = /* sql */ `
grant usage on schema public to sambandh_ops;
grant select (id, org_id, user_id, provider, status, epoch, window_start, covered_seq,
  reconnect_reason, connected_at, disconnected_at, history_deleted_at, last_backfill, created_at)
  on inboxes to sambandh_ops;
grant select (inbox_id, synced_at, watch_expires_at, pushed_at) on sync_cursors to sambandh_ops;
grant select (inbox_id, provider_message_id, kind, reason, decided_at) on verdicts to sambandh_ops;
grant select on touches, backfills, backfill_ids, gaps, deletions, workflow_commands
  to sambandh_ops;
grant select (inbox_id, n, ordinal, window_from, window_to, headers_first, done)
  on backfill_slices to sambandh_ops;
grant insert on backfills, workflow_commands to sambandh_ops;
grant execute on function lock_inbox(uuid) to sambandh_ops;
`;
