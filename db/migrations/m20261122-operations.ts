import { Migration } from '@mikro-orm/migrations';

/**
 * What operators may see and do. Their role has no right to any column that holds content, nor to
 * messages, contacts or keys at all: a mistake in a route cannot show what the role cannot read.
 */
export class M20261122Operations extends Migration {
  override up(): void {
    for (const statement of [COLUMNS, INDEXES, POLICIES, FUNCTIONS, GRANTS]) this.addSql(statement);
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

alter table gaps drop constraint gaps_cause_check;
alter table gaps add constraint gaps_cause_check check (cause in
  ('cursor_expired', 'disconnected', 'revoked', 'downtime', 'missed_notification', 'scope_gone',
   'missed'));

-- What keeps a connected inbox from syncing and its user can mend.
alter table inboxes add column problem text check (problem in ('scope_gone'));
alter table inboxes add column problem_since timestamptz(3);
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
-- the functions below run as the owner of the tables, who is bound too
create policy reconciler on backfills to current_user using (true);
create policy reconciler on sync_cursors to current_user using (true);
create policy ops_replays on backfills for insert to sambandh_ops with check (kind = 'replay');
create policy ops_wakes on workflow_commands for insert to sambandh_ops with check (kind = 'wake');
`;

const FUNCTIONS = /* sql */ `
-- Asks for a completeness check of connected inboxes that had none within p_every and have nothing
-- else to do, and wakes them. Earlier checks that found nothing go, so that one remains.
create function request_checks(p_every interval, p_limit int) returns int
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare asked uuid[];
begin
  with due as (
    select i.id, i.epoch, i.window_start, i.covered_seq, greatest(i.last_backfill, coalesce(
        (select max(b.n) from public.backfills b where b.inbox_id = i.id), 0)) + 1 as n
    from public.inboxes i
    where i.status = 'connected' and i.covered_seq > 0 and not exists (
      select from public.backfills b where b.inbox_id = i.id
        and (b.state in ('requested', 'running')
          or (b.kind = 'check' and b.requested_at > now() - p_every)))
    order by i.id limit p_limit
  ), inserted as (
    insert into public.backfills (inbox_id, n, kind, state, window_from, window_to, seq_upto)
    select id, n, 'check', 'requested', window_start, now() - interval '1 hour', covered_seq from due
    on conflict (inbox_id, n) do nothing
    returning inbox_id
  )
  select coalesce(array_agg(inbox_id), '{}') into asked from inserted;
  delete from public.backfills b where b.inbox_id = any(asked) and b.kind = 'check'
    and b.state = 'completed';
  insert into public.workflow_commands (inbox_id, kind, epoch)
  select i.id, 'wake', i.epoch from public.inboxes i where i.id = any(asked);
  return cardinality(asked);
end $$;

-- Compares inboxes with the workflows that run, and writes the commands that mend the difference:
-- whoever tells Temporal of decisions tells it of these. Ids that are no inbox's at all are answered
-- as 'unknown_inbox', for the caller to stop.
create function reconcile_inboxes(p_running uuid[], p_watch_within interval)
returns table (drift text, drifted uuid, drifted_epoch int)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
begin
  return query
  with found as (
    select 'missing_workflow' as drift, i.id, i.epoch, 'wake' as command from public.inboxes i
    where i.status in ('connected', 'needs_reconnect') and not i.id = any(p_running)
      -- one that was connected just now may not be in the list yet
      and i.connected_at < now() - interval '1 minute'
    union all
    select 'orphan_workflow', i.id, i.epoch, 'close' from public.inboxes i
    where i.id = any(p_running) and i.status in ('disconnected', 'deleting')
    union all
    select 'watch_expiring', i.id, i.epoch, 'wake' from public.inboxes i
    join public.sync_cursors c on c.inbox_id = i.id
    where i.status = 'connected' and i.id = any(p_running)
      and c.watch_expires_at < now() + p_watch_within
  ), told as (
    insert into public.workflow_commands (inbox_id, kind, epoch)
    select f.id, f.command, f.epoch from found f
    where not exists (select from public.workflow_commands w
                      where w.inbox_id = f.id and w.kind = f.command)
  )
  select f.drift, f.id, f.epoch from found f
  union all
  select 'unknown_inbox', r.id, null from unnest(p_running) as r(id)
  where not exists (select from public.inboxes i where i.id = r.id);
end $$;
`;

const GRANTS = /* sql */ `
grant usage on schema public to sambandh_ops;
grant select (id, org_id, user_id, provider, status, epoch, window_start, covered_seq,
  reconnect_reason, problem, problem_since, connected_at, disconnected_at, history_deleted_at, last_backfill, created_at)
  on inboxes to sambandh_ops;
grant select (inbox_id, synced_at, watch_expires_at, pushed_at) on sync_cursors to sambandh_ops;
grant select (inbox_id, provider_message_id, kind, reason, decided_at) on verdicts to sambandh_ops;
grant select on touches, backfills, backfill_ids, gaps, deletions, workflow_commands
  to sambandh_ops;
grant select (inbox_id, n, ordinal, window_from, window_to, headers_first, done)
  on backfill_slices to sambandh_ops;
grant insert on backfills, workflow_commands to sambandh_ops;
grant execute on function lock_inbox(uuid) to sambandh_ops;
revoke all on function request_checks(interval, int), reconcile_inboxes(uuid[], interval) from public;
grant execute on function request_checks(interval, int), reconcile_inboxes(uuid[], interval)
  to sambandh_worker;
`;
