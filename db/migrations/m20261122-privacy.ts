import { Migration } from '@mikro-orm/migrations';

/** The audit log: who read, shared, exported, deleted and changed what. */
export class M20261122Privacy extends Migration {
  override up(): void {
    for (const statement of [AUDIT]) this.addSql(statement);
  }

  override down(): void {
    throw new Error('An audit log cannot be taken back: drop the database instead.');
  }
}

const AUDIT = /* sql */ `
-- Roles of the caller's token that mean something here.
create function app_is_operator() returns boolean language sql stable as
  $$ select string_to_array(coalesce(current_setting('app.roles', true), ''), ',') && array['ops', 'admin'] $$;

-- No foreign keys: an entry outlives what it speaks of.
create table audit_log (
  id uuid primary key,
  at timestamptz(3) not null default now(),
  org_id text not null,
  -- null: the product itself
  actor_id text,
  -- whose data was acted on
  owner_id text not null,
  act text not null,
  inbox_id uuid,
  -- id of what was acted on; never content
  subject text,
  count int,
  -- set for reads, of which one an hour is kept
  read_hour timestamptz(3)
);
create unique index audit_log_once_an_hour
  on audit_log (org_id, actor_id, act, inbox_id, subject, read_hour) nulls not distinct
  where read_hour is not null;
create index audit_log_of_org on audit_log (org_id, at desc, id desc);
create index audit_log_of_actor on audit_log (org_id, actor_id, at desc, id desc);
create index audit_log_of_owner on audit_log (org_id, owner_id, at desc, id desc);

-- Grants keep the two roles from changing it; this keeps the owner of the tables from doing so by
-- mistake. Whoever may disable triggers is not stopped.
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_log_is_append_only before update or delete or truncate on audit_log
  for each statement execute function refuse_change();

alter table audit_log enable row level security;
alter table audit_log force row level security;
create policy reader on audit_log for select to sambandh_api using
  (org_id = app_org() and (actor_id = app_user() or owner_id = app_user() or app_is_operator()));
-- nobody can write an entry for somebody else
create policy writer on audit_log for insert to sambandh_api with check
  (org_id = app_org() and actor_id = app_user());
create policy worker on audit_log for insert to sambandh_worker with check
  (org_id = app_org() and inbox_id = app_inbox() and actor_id is null);
create policy ops on audit_log for insert to sambandh_ops with check (actor_id = app_user());

revoke all on function app_is_operator(), refuse_change() from public;
grant execute on function app_is_operator() to sambandh_api, sambandh_worker;
grant select, insert on audit_log to sambandh_api;
grant insert on audit_log to sambandh_worker, sambandh_ops;
grant execute on function app_user(), app_org() to sambandh_ops;
`;
