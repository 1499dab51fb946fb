import { Migration } from '@mikro-orm/migrations';

/** What Outlook inboxes need besides the first schema. */
export class M20261122Outlook extends Migration {
  override up(): void {
    for (const statement of [TABLES, COLUMNS, PENDING, FUNCTIONS, GRANTS]) this.addSql(statement);
  }

  override down(): void {
    throw new Error('This migration has no way back: drop the database instead.');
  }
}

const TABLES = /* sql */ `
-- Calls under way, waiting or forbidden for a while in one mailbox; see take_call_slots.
create unlogged table call_tickets (
  seq bigint generated always as identity primary key,
  id uuid not null unique,
  key text not null,
  state text not null check (state in ('waiting', 'calling', 'held')),
  -- 0 goes first
  rank int not null,
  slots int not null,
  expires_at timestamptz(3) not null
);
create index call_tickets_by_key on call_tickets (key);
`;

const PENDING = /* sql */ `
-- Connections that wait for an administrator's consent: one per user, provider and inbox.
create table pending_connections (
  id uuid primary key,
  org_id text not null,
  user_id text not null,
  provider text not null,
  -- reconnect: the mailbox that must come back
  inbox_id uuid,
  scope jsonb not null,
  -- of the browser it began in, where alone it may go on
  browser_hash bytea not null,
  -- comes back with the administrator
  admin_state_hash bytea not null unique,
  -- sealed by the master key: the administrator's state, notification address, mailbox to preselect
  secret_ct bytea not null,
  return_to text not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  consented_at timestamptz(3)
);
create unique index pending_connections_once
  on pending_connections (org_id, user_id, provider, inbox_id) nulls not distinct;
create index pending_connections_by_expiry on pending_connections (expires_at);

alter table pending_connections enable row level security;
alter table pending_connections force row level security;
create policy owner on pending_connections to sambandh_api
  using (org_id = app_org() and user_id = app_user());
create policy definer on pending_connections to current_user using (true);

-- The administrator's browser is nobody's here: it may only say that consent was given.
create function note_admin_consent(p_admin_state_hash bytea) returns boolean
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  with noted as (
    update public.pending_connections set consented_at = coalesce(consented_at, now())
    where admin_state_hash = p_admin_state_hash and expires_at > now() returning id
  ) select exists (select from noted)
$$;

-- The waiting page has no bearer token: its address and the browser's cookie say whose it is.
create function pending_connection_of(p_id uuid, p_browser_hash bytea)
returns setof pending_connections
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select * from public.pending_connections
  where id = p_id and browser_hash = p_browser_hash and expires_at > now()
$$;

revoke all on function note_admin_consent(bytea), pending_connection_of(uuid, bytea) from public;
grant execute on function note_admin_consent(bytea), pending_connection_of(uuid, bytea)
  to sambandh_api;
grant select, insert, update, delete on pending_connections to sambandh_api;
`;

const COLUMNS = /* sql */ `
-- the provider's name for the watch; a push may bear that name and no other
alter table sync_cursors add column watch_id text;
create index sync_cursors_by_watch on sync_cursors (watch_id);
create policy definer on sync_cursors to current_user using (true);
`;

const FUNCTIONS = /* sql */ `
-- The wall of calls at once in one mailbox, over all processes. Grants the slots, or puts the
-- ticket in line by rank and arrival. A grant ends by end_call, or by itself when its process died;
-- so does a place in line that nobody asks for any more.
create function take_call_slots(
  p_key text, p_id uuid, p_rank int, p_slots int, p_limit int, p_lease_ms int, p_line_ms int,
  out granted boolean, out held_ms int
)
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  now_at timestamptz;
  mine public.call_tickets;
  held_until timestamptz;
  taken int;
begin
  perform pg_advisory_xact_lock(hashtextextended(p_key, 2));
  now_at := clock_timestamp();
  delete from public.call_tickets where key = p_key and expires_at <= now_at;
  insert into public.call_tickets (id, key, state, rank, slots, expires_at)
    values (p_id, p_key, 'waiting', p_rank, least(p_slots, p_limit),
            now_at + p_line_ms * interval '1 ms')
    on conflict (id) do update set expires_at = excluded.expires_at
    returning * into mine;
  select max(expires_at) filter (where state = 'held'),
         coalesce(sum(slots) filter (where state = 'calling'), 0)
    into held_until, taken from public.call_tickets where key = p_key;
  held_ms := coalesce(ceil(extract(epoch from held_until - now_at) * 1000), 0);
  -- whoever is ahead goes first, also when it waits for more slots than are free: or a batch of
  -- four would starve behind single calls
  granted := held_until is null and taken + mine.slots <= p_limit and not exists (
    select from public.call_tickets t where t.key = p_key and t.state = 'waiting'
      and (t.rank, t.seq) < (mine.rank, mine.seq)
  );
  if granted then
    update public.call_tickets
      set state = 'calling', expires_at = now_at + p_lease_ms * interval '1 ms' where id = p_id;
  end if;
end $$;

create function end_call(p_id uuid) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  delete from public.call_tickets where id = p_id
$$;

-- The provider asked for a pause: no call starts in this mailbox until it is over.
create function hold_calls(p_key text, p_ms int) returns void
language sql security definer set search_path = pg_catalog, public, pg_temp as $$
  insert into public.call_tickets (id, key, state, rank, slots, expires_at)
  values (gen_random_uuid(), p_key, 'held', 0, 0, clock_timestamp() + p_ms * interval '1 ms')
$$;

-- A push that names a watch: whose it is, if that inbox is connected, and of which mailbox.
create function inbox_of_watch(p_provider text, p_watch_id text)
returns table (inbox_id uuid, epoch int, address_hash bytea)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select i.id, i.epoch, i.address_hash from public.sync_cursors c join public.inboxes i on i.id = c.inbox_id
  where c.watch_id = p_watch_id and i.provider = p_provider and i.status = 'connected'
$$;
`;

const GRANTS = /* sql */ `
revoke all on function inbox_of_watch(text, text), take_call_slots(text, uuid, int, int, int, int, int), end_call(uuid),
  hold_calls(text, int) from public;
grant execute on function take_call_slots(text, uuid, int, int, int, int, int), end_call(uuid),
  hold_calls(text, int) to sambandh_worker;
grant execute on function inbox_of_watch(text, text) to sambandh_api;
`;
