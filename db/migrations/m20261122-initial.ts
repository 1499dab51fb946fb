import { Migration } from '@mikro-orm/migrations';

/**
 * The first schema. Row-level security is forced on every table that holds a user's data:
 * the API's rows are those of `app.user_id` in `app.org_id`, the worker's those of `app.inbox_id`.
 * A session that has set neither sees nothing.
 */
export class M20261122Initial extends Migration {
  override up(): void {
    for (const statement of [SETTINGS, TABLES, INDEXES, FUNCTIONS, POLICIES, GRANTS]) {
      this.addSql(statement);
    }
  }

  override down(): void {
    throw new Error('The first migration has no way back: drop the database instead.');
  }
}

const SETTINGS = /* sql */ `
create function app_user() returns text language sql stable as
  $$ select nullif(current_setting('app.user_id', true), '') $$;
create function app_org() returns text language sql stable as
  $$ select nullif(current_setting('app.org_id', true), '') $$;
create function app_inbox() returns uuid language sql stable as
  $$ select nullif(current_setting('app.inbox_id', true), '')::uuid $$;
`;

const TABLES = /* sql */ `
-- One row an org: its lock serialises address writes, so that seq order is commit order and a
-- backfill that covered seq <= n has missed none.
create table contact_books (
  org_id text primary key,
  last_seq bigint not null default 0,
  -- rises with every change, removals too: whoever matches by an older one loads the book again
  version bigint not null default 0
);

create table contacts (
  org_id text not null,
  id text not null,
  name text not null default '',
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  primary key (org_id, id)
);

create table contact_addresses (
  id uuid primary key,
  org_id text not null,
  contact_id text not null,
  address text not null,
  match_key text not null,
  seq bigint not null,
  unique (org_id, contact_id, match_key),
  foreign key (org_id, contact_id) references contacts (org_id, id) on delete cascade
);

create table inboxes (
  id uuid primary key,
  org_id text not null,
  user_id text not null,
  provider text not null check (provider in ('gmail', 'outlook')),
  status text not null check (status in ('connected', 'needs_reconnect', 'disconnected', 'deleting')),
  epoch int not null,
  scope jsonb not null,
  -- keyed hash of provider and mailbox address: finds the inbox for a push, stores no address
  address_hash bytea not null,
  -- sealed JSON: mailbox address, own addresses, where to send notifications, scope name
  profile_ct bytea,
  -- sealed JSON; null as soon as the inbox is disconnected
  tokens_ct bytea,
  granted_scopes text[] not null default '{}',
  window_start timestamptz(3) not null,
  -- contact addresses up to this seq have been back-fetched or are in a planned backfill
  covered_seq bigint not null default 0,
  reconnect_reason text,
  -- epoch whose lost grant the user has been mailed about
  reconnect_notified_epoch int,
  connected_at timestamptz(3) not null,
  disconnected_at timestamptz(3),
  history_deleted_at timestamptz(3),
  -- highest backfill number whose row is gone: numbers name workflows and are never used twice
  last_backfill int not null default 0,
  created_at timestamptz(3) not null default now(),
  unique (org_id, user_id, provider, address_hash)
);

-- The inbox's data key, wrapped by a master key. Deleting this row is what deletes the history.
create table inbox_keys (
  inbox_id uuid primary key references inboxes (id) on delete cascade,
  master_key_id text not null,
  wrapped_key bytea not null,
  created_at timestamptz(3) not null default now()
);

create table sync_cursors (
  inbox_id uuid primary key references inboxes (id) on delete cascade,
  cursor_ct bytea not null,
  -- everything the provider accepted before this moment has been seen
  synced_at timestamptz(3) not null,
  watch_expires_at timestamptz(3),
  pushed_at timestamptz(3)
);

create table touches (
  inbox_id uuid primary key references inboxes (id) on delete cascade,
  calls bigint not null default 0,
  units bigint not null default 0,
  ids_listed bigint not null default 0,
  heads_read bigint not null default 0,
  bodies_read bigint not null default 0
);

create table backfills (
  inbox_id uuid not null references inboxes (id) on delete cascade,
  n int not null,
  kind text not null check (kind in ('initial', 'contacts', 'scope', 'gap', 'recheck', 'replay')),
  state text not null check (state in
    ('requested', 'running', 'completed', 'completed_with_failures', 'failed', 'cancelled')),
  window_from timestamptz(3) not null,
  window_to timestamptz(3) not null,
  -- which contact addresses: seq in (seq_after, seq_upto]
  seq_after bigint not null default 0,
  seq_upto bigint not null,
  gap_id uuid,
  due_at timestamptz(3) not null default now(),
  requested_at timestamptz(3) not null default now(),
  planned_at timestamptz(3),
  -- of the contact book at the plan: verdicts by an older one are open to this backfill
  planned_version bigint not null default 0,
  finished_at timestamptz(3),
  notified_at timestamptz(3),
  receipt jsonb,
  primary key (inbox_id, n)
);

create table backfill_slices (
  inbox_id uuid not null,
  n int not null,
  ordinal int not null,
  window_from timestamptz(3) not null,
  window_to timestamptz(3) not null,
  address_ids uuid[] not null,
  headers_first boolean not null,
  page_token text,
  done boolean not null default false,
  primary key (inbox_id, n, ordinal),
  foreign key (inbox_id, n) references backfills (inbox_id, n) on delete cascade
);

-- What a backfill has seen, so that its receipt can name what is missing.
create table backfill_ids (
  inbox_id uuid not null,
  n int not null,
  provider_message_id text not null,
  primary key (inbox_id, n, provider_message_id),
  foreign key (inbox_id, n) references backfills (inbox_id, n) on delete cascade
);

create table verdicts (
  inbox_id uuid not null references inboxes (id) on delete cascade,
  provider_message_id text not null,
  kind text not null check (kind in ('stored', 'skipped', 'gone', 'failed')),
  reason text,
  -- keyed hashes, for "why isn't this email here?"
  rfc_id_hash bytea,
  sender_hash bytea,
  received_at timestamptz(3),
  -- of the contact book it was judged by: contacts added later may see it otherwise
  contact_version bigint not null default 0,
  decided_at timestamptz(3) not null default now(),
  primary key (inbox_id, provider_message_id)
);

create table messages (
  id uuid primary key,
  inbox_id uuid not null references inboxes (id) on delete cascade,
  org_id text not null,
  user_id text not null,
  provider_message_id text not null,
  provider_thread_id text not null,
  direction text not null check (direction in ('inbound', 'outbound')),
  received_at timestamptz(3) not null,
  has_attachments boolean not null,
  -- sealed JSON: subject, snippet, participants, attachments, Message-ID and references
  envelope_ct bytea not null,
  -- sealed JSON: text and HTML
  body_ct bytea not null,
  stored_at timestamptz(3) not null default now(),
  unique (inbox_id, provider_message_id)
);
-- ciphertext does not compress: do not let Postgres try
alter table messages alter column envelope_ct set storage external;
alter table messages alter column body_ct set storage external;

-- Statistics know the inboxes of the last ANALYZE only: of one that was connected since, Postgres
-- expects a single row and joins row by row, 4 s instead of 12 ms at 3,000 messages. Without
-- statistics it expects an average inbox.
alter table messages alter column inbox_id set statistics 0;
alter table verdicts alter column inbox_id set statistics 0;

create table message_contacts (
  message_id uuid not null references messages (id) on delete cascade,
  contact_id text not null,
  inbox_id uuid not null,
  org_id text not null,
  user_id text not null,
  received_at timestamptz(3) not null,
  primary key (message_id, contact_id)
);

alter table backfill_ids alter column inbox_id set statistics 0;
alter table backfill_slices alter column inbox_id set statistics 0;
alter table message_contacts alter column inbox_id set statistics 0;

create table gaps (
  id uuid primary key,
  inbox_id uuid not null references inboxes (id) on delete cascade,
  cause text not null check (cause in ('cursor_expired', 'disconnected', 'revoked', 'downtime')),
  from_at timestamptz(3) not null,
  to_at timestamptz(3) not null,
  opened_at timestamptz(3) not null default now(),
  closed_at timestamptz(3)
);

create table oauth_states (
  state_hash bytea primary key,
  -- hash of a cookie set when the flow began: a link sent to somebody else cannot be finished
  browser_hash bytea not null,
  org_id text not null,
  user_id text not null,
  provider text not null,
  scope jsonb not null,
  -- reconnect: the mailbox that must come back
  inbox_id uuid,
  -- sealed by the master key: PKCE verifier, notification address
  secret_ct bytea not null,
  return_to text not null,
  expires_at timestamptz(3) not null,
  used_at timestamptz(3)
);

-- What the API has decided and Temporal must be told; written in the deciding transaction, gone
-- when told.
create table workflow_commands (
  id bigint generated always as identity primary key,
  inbox_id uuid not null,
  kind text not null check (kind in ('open', 'wake', 'close', 'delete')),
  epoch int not null,
  created_at timestamptz(3) not null default now()
);

create table deletions (
  id uuid primary key,
  inbox_id uuid not null references inboxes (id) on delete cascade,
  epoch int not null,
  requested_at timestamptz(3) not null default now(),
  key_destroyed_at timestamptz(3),
  finished_at timestamptz(3),
  messages_deleted bigint not null default 0,
  verdicts_deleted bigint not null default 0
);

-- Units spent per quota key and time slot; see reserve_quota.
create unlogged table quota_slots (
  key text not null,
  slot bigint not null,
  units int not null,
  primary key (key, slot)
);
`;

const INDEXES = /* sql */ `
create index contact_addresses_by_match_key on contact_addresses (org_id, match_key);
create index contact_addresses_by_seq on contact_addresses (org_id, seq);
create index inboxes_by_address on inboxes (provider, address_hash);
create index backfills_due on backfills (inbox_id, due_at) where state in ('requested', 'running');
create index verdicts_by_rfc_id on verdicts (inbox_id, rfc_id_hash) where rfc_id_hash is not null;
create index verdicts_by_sender on verdicts (inbox_id, sender_hash, received_at)
  where sender_hash is not null;
create index messages_by_thread on messages (inbox_id, provider_thread_id);
-- the timeline: one contact, one owner, newest first, keyset by (received_at, message_id)
create index message_contacts_timeline
  on message_contacts (contact_id, user_id, org_id, received_at desc, message_id desc);
create index message_contacts_by_inbox on message_contacts (inbox_id);
create index gaps_open on gaps (inbox_id) where closed_at is null;
create index deletions_by_inbox on deletions (inbox_id);
create index oauth_states_by_expiry on oauth_states (expires_at);
`;

const FUNCTIONS = /* sql */ `
-- Binds the session to an inbox and reads it, without any fence: for cleanup and deletion, which
-- check status and epoch themselves.
create function bind_inbox(p_inbox uuid) returns setof inboxes
language plpgsql as $$
declare r inboxes;
begin
  perform set_config('app.inbox_id', p_inbox::text, true);
  select * into r from inboxes where id = p_inbox;
  if not found then return; end if;
  perform set_config('app.org_id', r.org_id, true);
  return next r;
end $$;

-- Whoever changes an inbox's status or epoch takes this first. Row locks alone are not fair: a
-- stream of pages that each hold FOR SHARE keeps an UPDATE waiting for ever, whereas an advisory
-- lock queues, so disconnect waits only for the pages already running.
create function lock_inbox(p_inbox uuid) returns void language sql as
  $$ select pg_advisory_xact_lock(hashtextextended(p_inbox::text, 1)) $$;

-- The fence (I4). In one step: binds the session to the inbox, checks that it is connected in this
-- epoch, and holds off disconnect and delete until the transaction ends. No row: stale.
create function enter_inbox(p_inbox uuid, p_epoch int) returns setof inboxes
language plpgsql as $$
declare r inboxes;
begin
  perform set_config('app.inbox_id', p_inbox::text, true);
  perform pg_advisory_xact_lock_shared(hashtextextended(p_inbox::text, 1));
  select * into r from inboxes
    where id = p_inbox and epoch = p_epoch and status = 'connected' for share;
  if not found then return; end if;
  perform set_config('app.org_id', r.org_id, true);
  return next r;
end $$;

-- The same for transactions that update the inboxes row: alone from the start, as two that hold
-- FOR SHARE and both want to update wait for each other for ever.
create function enter_inbox_exclusive(p_inbox uuid, p_epoch int) returns setof inboxes
language plpgsql as $$
declare r inboxes;
begin
  perform set_config('app.inbox_id', p_inbox::text, true);
  perform lock_inbox(p_inbox);
  select * into r from inboxes
    where id = p_inbox and epoch = p_epoch and status = 'connected' for update;
  if not found then return; end if;
  perform set_config('app.org_id', r.org_id, true);
  return next r;
end $$;

-- Sliding-window quota: grants the units from every budget (0) or from none, and says in how many ms
-- to ask again. What is allowed leaves out the lane's reserve, so that live mail goes before a waiting
-- user, and both before backfill. Callers name the narrower budget first, so that locks never cross.
create function quota_wait(
  p_key text, p_units int, p_allowed int, p_window_ms int
) returns int
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
  slot_ms constant numeric := p_window_ms / 240.0;
  -- calls arrive a little later than they were granted: hold each slot three slots longer
  kept_slots constant int := 243;
  now_ms constant numeric := extract(epoch from clock_timestamp()) * 1000;
  this_slot constant bigint := floor(now_ms / slot_ms);
  spent bigint;
  excess bigint;
  free_slot bigint;
begin
  delete from public.quota_slots where key = p_key and slot <= this_slot - kept_slots;
  select coalesce(sum(units), 0) into spent from public.quota_slots where key = p_key;
  excess := spent + p_units - p_allowed;
  if excess <= 0 or spent = 0 then return 0; end if;
  select s.slot into free_slot from (
    select slot, sum(units) over (order by slot) as freed from public.quota_slots where key = p_key
  ) s where s.freed >= excess order by s.slot limit 1;
  return greatest(1, ceil((coalesce(free_slot, this_slot) + kept_slots) * slot_ms - now_ms))::int;
end $$;

create function reserve_quota(
  p_keys text[], p_units int, p_allowed int[], p_window_ms int
) returns int
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  wait int := 0;
  this_slot bigint;
begin
  for i in 1 .. array_length(p_keys, 1) loop
    perform pg_advisory_xact_lock(hashtextextended(p_keys[i], 0));
  end loop;
  for i in 1 .. array_length(p_keys, 1) loop
    wait := greatest(wait, public.quota_wait(p_keys[i], p_units, p_allowed[i], p_window_ms));
  end loop;
  if wait > 0 then return wait; end if;
  -- read after the locks were won, or the order of slots would not be the order of grants
  this_slot := floor(extract(epoch from clock_timestamp()) * 1000 / (p_window_ms / 240.0));
  insert into public.quota_slots select key, this_slot, p_units from unnest(p_keys) as key
    on conflict (key, slot) do update set units = quota_slots.units + excluded.units;
  return 0;
end $$;

-- A push names a mailbox, not a user: the one lookup across users, answering ids only.
create function inboxes_for_push(p_provider text, p_address_hash bytea)
returns table (inbox_id uuid, epoch int)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select id, epoch from public.inboxes
  where provider = p_provider and address_hash = p_address_hash and status = 'connected'
$$;

-- The browser comes back from the provider without a bearer token; the state row says for whom.
create function take_oauth_state(p_state_hash bytea)
returns setof oauth_states
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  update public.oauth_states set used_at = now()
  where state_hash = p_state_hash and used_at is null and expires_at > now()
  returning *
$$;

-- The dispatcher tells Temporal what was decided for any user: ids and kinds only.
create function open_workflow_commands(p_older_than interval)
returns table (id bigint, inbox_id uuid, kind text, epoch int)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select id, inbox_id, kind, epoch from public.workflow_commands
  where created_at < now() - p_older_than order by id limit 500
$$;

create function workflow_command_done(p_id bigint) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  delete from public.workflow_commands where id = p_id
$$;

-- Connected inboxes of an org are woken when its contacts change: the command rows for all of them.
create function wake_inboxes_of_org() returns table (id bigint, inbox_id uuid, kind text, epoch int)
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  insert into public.workflow_commands (inbox_id, kind, epoch)
  select i.id, 'wake', i.epoch from public.inboxes i
  where i.org_id = public.app_org() and i.status = 'connected'
  returning workflow_commands.id, workflow_commands.inbox_id, workflow_commands.kind, workflow_commands.epoch
$$;
`;

const POLICIES = /* sql */ `
do $$
declare t text;
begin
  -- tables with their owner in the row
  foreach t in array array['inboxes', 'messages', 'message_contacts'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy owner on %I to sambandh_api using (org_id = app_org() and user_id = app_user())', t);
    execute format(
      'create policy worker on %I to sambandh_worker using (%s = app_inbox())',
      t, case t when 'inboxes' then 'id' else 'inbox_id' end);
  end loop;
  -- tables whose owner is the inbox's
  foreach t in array array['inbox_keys', 'sync_cursors', 'touches', 'backfills', 'backfill_slices',
                           'backfill_ids', 'verdicts', 'gaps', 'deletions', 'workflow_commands'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format(
      'create policy owner on %I to sambandh_api using
         (exists (select from inboxes i where i.id = inbox_id))', t);
    execute format(
      'create policy worker on %I to sambandh_worker using (inbox_id = app_inbox())', t);
  end loop;
  -- the CRM's contacts: the whole org's
  foreach t in array array['contact_books', 'contacts', 'contact_addresses'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy org on %I using (org_id = app_org())', t);
  end loop;
end $$;

alter table oauth_states enable row level security;
alter table oauth_states force row level security;
create policy owner on oauth_states to sambandh_api
  using (org_id = app_org() and user_id = app_user());

-- the security definer functions above run as the owner of the tables, who is bound too
create policy definer on inboxes to current_user using (true);
create policy definer on oauth_states to current_user using (true);
create policy definer on workflow_commands to current_user using (true);
`;

const GRANTS = /* sql */ `
revoke all on all functions in schema public from public;
grant execute on function app_user(), app_org(), app_inbox() to sambandh_api, sambandh_worker;
grant execute on function inboxes_for_push(text, bytea), take_oauth_state(bytea),
  wake_inboxes_of_org() to sambandh_api;
grant execute on function bind_inbox(uuid), enter_inbox(uuid, int), enter_inbox_exclusive(uuid, int)
  to sambandh_worker;
grant execute on function lock_inbox(uuid), reserve_quota(text[], int, int[], int),
  open_workflow_commands(interval), workflow_command_done(bigint)
  to sambandh_worker, sambandh_api;

grant select, insert, update, delete on
  contact_books, contacts, contact_addresses, inboxes, inbox_keys, sync_cursors, touches, backfills,
  gaps, oauth_states, workflow_commands, deletions to sambandh_api;
grant select on messages, message_contacts, verdicts, backfill_slices, backfill_ids to sambandh_api;

grant select on contact_books, contacts, contact_addresses to sambandh_worker;
-- to lock the row for share, which asks for a right to update
grant update (version) on contact_books to sambandh_worker;
grant select, update on inboxes to sambandh_worker;
grant select, insert, update, delete on
  inbox_keys, sync_cursors, touches, backfills, backfill_slices, backfill_ids, verdicts, messages,
  message_contacts, gaps, deletions, workflow_commands to sambandh_worker;
`;
