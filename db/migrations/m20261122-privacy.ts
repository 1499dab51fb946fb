import { Migration } from '@mikro-orm/migrations';

/** The audit log, the sessions of the page, and threads shared with the team. */
export class M20261122Privacy extends Migration {
  override up(): void {
    for (const statement of [AUDIT, SESSIONS, SHARES, USER_DELETIONS]) this.addSql(statement);
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

const SESSIONS = /* sql */ `
create table sessions (
  -- hash of the cookie
  session_hash bytea primary key,
  org_id text not null,
  user_id text not null,
  roles text[] not null,
  opened_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null
);
create index sessions_by_user on sessions (org_id, user_id);

-- A request carries a cookie and no token; the row says for whom.
create function session_of(p_session_hash bytea) returns setof sessions
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select * from public.sessions where session_hash = p_session_hash and expires_at > now()
$$;

alter table sessions enable row level security;
alter table sessions force row level security;
create policy owner on sessions to sambandh_api
  using (org_id = app_org() and user_id = app_user());
create policy definer on sessions for select to current_user using (true);

revoke all on function session_of(bytea) from public;
grant execute on function session_of(bytea) to sambandh_api;
grant select, insert, delete on sessions to sambandh_api;
`;

const SHARES = /* sql */ `
create table thread_shares (
  inbox_id uuid not null references inboxes (id) on delete cascade,
  provider_thread_id text not null,
  org_id text not null,
  user_id text not null,
  shared_at timestamptz(3) not null default now(),
  primary key (inbox_id, provider_thread_id)
);

-- Repeats the share, so that a timeline finds teammates' shared mail by an index. It decides nothing:
-- a message is read by the policy below or not at all.
alter table message_contacts add column shared boolean not null default false;
create index message_contacts_shared
  on message_contacts (contact_id, org_id, received_at desc, message_id desc) where shared;

alter table thread_shares enable row level security;
alter table thread_shares force row level security;
create policy owner on thread_shares to sambandh_api
  using (org_id = app_org() and user_id = app_user())
  with check (org_id = app_org() and user_id = app_user()
    and exists (select from inboxes i where i.id = inbox_id));
create policy team on thread_shares for select to sambandh_api
  using (org_id = app_org() and app_user() is not null);
create policy worker on thread_shares to sambandh_worker using (inbox_id = app_inbox());

-- The one way to another user's mail: its owner has shared the thread with the reader's org. The
-- share is looked up under the reader's own policies.
create policy team on messages for select to sambandh_api using (exists (
  select from thread_shares s
  where s.inbox_id = messages.inbox_id and s.provider_thread_id = messages.provider_thread_id
    and s.org_id = messages.org_id));
create policy team on message_contacts for select to sambandh_api
  using (shared and org_id = app_org() and app_user() is not null);
-- the wrapped data key, without which the shared rows do not open
create policy team on inbox_keys for select to sambandh_api using (exists (
  select from thread_shares s where s.inbox_id = inbox_keys.inbox_id));

-- What it takes to fetch an attachment of a shared thread. The inbox's row itself, with its sealed
-- tokens, stays its owner's.
create function shared_inbox(p_inbox uuid) returns table (id uuid, epoch int, status text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select i.id, i.epoch, i.status from public.inboxes i
  where i.id = p_inbox and public.app_user() is not null and exists (
    select from public.thread_shares s where s.inbox_id = i.id and s.org_id = public.app_org())
$$;
create policy definer on thread_shares for select to current_user using (true);

revoke all on function shared_inbox(uuid) from public;
grant execute on function shared_inbox(uuid) to sambandh_api;
grant select, insert, delete on thread_shares to sambandh_api;
grant select, delete on thread_shares to sambandh_worker;
grant update (shared) on message_contacts to sambandh_api;
`;

const USER_DELETIONS = /* sql */ `
-- A request to delete everything of a user. The receipt is the sum of the deletions it names.
create table user_deletions (
  id uuid primary key,
  org_id text not null,
  user_id text not null,
  deletion_ids uuid[] not null,
  requested_at timestamptz(3) not null default now()
);
alter table user_deletions enable row level security;
alter table user_deletions force row level security;
create policy owner on user_deletions to sambandh_api
  using (org_id = app_org() and user_id = app_user());
grant select, insert on user_deletions to sambandh_api;
`;
